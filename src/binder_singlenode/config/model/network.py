"""The section `network` of the host file."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field, Strict, ValidationInfo, WithJsonSchema, field_validator

from binder_singlenode.config.model import fields
from binder_singlenode.config.model.addresses import FieldError, show
from binder_singlenode.config.model.sections import Section
from binder_singlenode.layout.addresses import MINIMUM_SERVICE_ADDRESSES

# The fixed addresses (DNS, registry, entry) must fit; layout/addresses.py says how many addresses that takes.
SERVICE_PREFIX_MAX = 32 - (MINIMUM_SERVICE_ADDRESSES - 1).bit_length()
# kube-apiserver refuses IPv4 service networks larger than /12 (pkg/controlplane/apiserver/options).
SERVICE_PREFIX_MIN = 12
# The node gets a part of the pod network. The smallest part that k3s assigns is a /24, hence the maximum. The
# prefix of a part may be at most 16 bits longer than the whole network's (controller manager), hence /8.
POD_PREFIX_MIN, POD_PREFIX_MAX = 8, 24
# Larger networks hold visitors as well as proxies, and a believed visitor can claim any address.
TRUSTED_PREFIX_MIN = {4: 8, 6: 16}

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def _trusted_proxy(text: str) -> str:
    """An address, or a network written with its own first address; either IPv4 or IPv6."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise FieldError(
            f"{show(text)} is not an IP address or a network",
            hint='write it as in "192.0.2.20" or "192.0.2.0/28"; names are not looked up',
        ) from None
    address = text.partition("/")[0]
    own = network.network_address
    if own != ipaddress.ip_address(address):
        raise FieldError(
            f"{show(text)} is not the first address of a network",
            hint=f'did you mean "{network}", or only "{address}"?',
        )
    if network.prefixlen < TRUSTED_PREFIX_MIN[network.version]:
        raise FieldError(
            f"{show(text)} is too large: a visitor inside it could claim any address",
            hint="list the addresses of the proxies themselves",
        )
    if isinstance(own, ipaddress.IPv6Address) and own.ipv4_mapped:
        raise FieldError(f"{show(text)} is an IPv4 address", hint=f'write it as "{own.ipv4_mapped}"')
    if own.is_multicast or own.is_unspecified:
        raise FieldError(f"{show(text)} is no address of a machine", hint="list the proxies' addresses")
    return str(own) if network.prefixlen == network.max_prefixlen else str(network)


TrustedProxy = Annotated[
    str,
    AfterValidator(_trusted_proxy),
    WithJsonSchema({"type": "string", "examples": ["192.0.2.20", "192.0.2.0/28"]}),
]
NAME_SERVERS_MAX = 3
"""glibc and the kubelet use no more (MAXNS in resolv.h)."""


class Network(Section):
    """The cluster's networks and the host's firewall."""

    pod_cidr: fields.Cidr = "10.42.0.0/16"
    """Network of the pods. Choose another network if machines in this one connect to the host, or the host to
    them: the host sends packets for these addresses to pods only. It cannot be changed once the cluster
    runs."""
    service_cidr: Annotated[fields.Cidr, Field(validate_default=True)] = "10.43.0.0/16"
    """Network of the services; must not overlap pod_cidr. Choose another network if machines in this one
    connect to the host, or the host to them. Its last 256 addresses are the builder's bridge. It cannot be
    changed once the cluster runs."""
    nameservers: Annotated[
        tuple[fields.NameServer, ...], Strict(False), Field(max_length=NAME_SERVERS_MAX)
    ] = ()
    """Name servers for pods and builds: up to three IPv4 addresses. Left out: those of the host, also behind
    a resolver on its loopback, without its search domains."""
    firewall: bool = True
    """Close the ports of Kubernetes and the registry to the outside, with a separate nftables table. false:
    use this if a firewall in front of the host closes them. In both cases, packets to pods and services never
    leave the host."""
    trusted_proxies: Annotated[tuple[TrustedProxy, ...], Strict(False)] = ()
    """Addresses and networks of reverse proxies or load balancers in front of the host. Only these are
    believed when they say, in X-Forwarded-For and X-Forwarded-Proto, who the visitor is and whether the
    visitor uses https. Needed when they end TLS or pass visitors on: otherwise all visitors have the proxy's
    address, also for the limit of launches per address."""

    @field_validator("pod_cidr")
    @classmethod
    def _pods_fit(cls, value: str) -> str:
        return _with_prefix(value, POD_PREFIX_MIN, POD_PREFIX_MAX)

    @field_validator("service_cidr")
    @classmethod
    def _services_fit(cls, value: str, info: ValidationInfo) -> str:
        _with_prefix(value, SERVICE_PREFIX_MIN, SERVICE_PREFIX_MAX)
        pods = info.data.get("pod_cidr")
        if pods and ipaddress.ip_network(value).overlaps(ipaddress.ip_network(pods)):
            raise FieldError(
                f"service_cidr ({value}) overlaps pod_cidr ({pods})",
                hint="choose two networks without a common address, as 10.42.0.0/16 and 10.43.0.0/16",
                near="pod_cidr",
            )
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _no_pod_is_a_proxy(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for name in ("pod_cidr", "service_cidr"):
            cluster = ipaddress.ip_network(info.data.get(name, "0.0.0.0/32"))
            for text in value:
                if ipaddress.ip_network(text).overlaps(cluster):
                    raise FieldError(
                        f"{text} overlaps {name} ({cluster}): sessions and builds could claim any address",
                        hint="list the addresses of the proxies themselves",
                        near=name,
                    )
        return value

    @field_validator("nameservers")
    @classmethod
    def _outside_the_cluster(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for key in ("pod_cidr", "service_cidr"):
            network = info.data.get(key)
            for address in value:
                if network and ipaddress.ip_address(address) in ipaddress.ip_network(network):
                    raise FieldError(
                        f"{address} is in {key} ({network})", hint="name a server outside the cluster"
                    )
        return value


def _with_prefix(cidr: str, low: int, high: int) -> str:
    """`cidr`, when its prefix length is in low..high; raises FieldError."""
    prefix = ipaddress.ip_network(cidr).prefixlen
    if low <= prefix <= high:
        return cidr
    size = "small" if prefix > high else "large"
    raise FieldError(f"{cidr} is too {size}", hint=f"the number behind the slash goes from {low} to {high}")
