"""The fixed addresses inside the cluster, derived from network.service_cidr.

Kubernetes assigns ClusterIPs from the upper band of the service network first and keeps the lower band for
fixed addresses (KEP-3070); for a /16 the lower band is the first 256 addresses. All addresses here are in it.
A registry with a fixed address needs no name that four programs must resolve, and the entry on the host can
be configured with its two upstreams before they exist.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from binder_singlenode.errors import ConfigError

API_OFFSET = 1
"""Kubernetes gives its API the first address."""
DNS_OFFSET = 10
"""k3s' own default for cluster-dns."""
REGISTRY_OFFSET = 50
BINDER_OFFSET = 60
HUB_OFFSET = 61

BUILDER_ADDRESSES = 256
"""The last addresses of the network, which the builder's bridge uses in its own pod only: builds need no
Service whose address may be there, because those that they need are in the lower band."""

API_PORT = 6443
REGISTRY_PORT = 5000
KUBELET_PORT = 10250
ENTRY_PORT = 80
"""Port of the two Services behind the entry."""
PUBLIC_PORTS = (80, 443)
"""Ports for visitors and for certificate authorities (ACME)."""

CLOSED_TCP_PORTS = (2379, 2380, REGISTRY_PORT, 5001, API_PORT, 6444, "10248-10259")
"""The host's firewall closes them to the outside: etcd and kine; registry and k3s' embedded registry; API
server and k3s' supervisor; kubelet, kube-proxy, controller-manager, scheduler with their health ports."""

MINIMUM_SERVICE_ADDRESSES = 1024
"""A /22: the smallest network whose lower band, a sixteenth of it, contains all offsets."""

LINK_LOCAL_NETWORK = "169.254.0.0/16"
"""RFC 3927. Clouds serve a machine's metadata, including credentials, at an address in it."""

RESERVED_NETWORKS = ("10.0.0.0/8", "100.64.0.0/10", LINK_LOCAL_NETWORK, "172.16.0.0/12", "192.168.0.0/16")
"""Private, shared and link-local networks: sessions and builds need no access to them."""


def is_closed(tcp_port: int) -> bool:
    """Whether the firewall closes the port to the outside."""
    ranges = (str(ports).split("-") for ports in CLOSED_TCP_PORTS)
    return any(int(ports[0]) <= tcp_port <= int(ports[-1]) for ports in ranges)


@dataclass(frozen=True)
class Addresses:
    """The addresses of one host's cluster."""

    api: str
    dns: str
    registry: str
    binder: str
    hub: str
    builder_bridge: str
    """The builder's bridge inside its pod, with prefix length: dockerd's argument --bip (ADR 1501)."""

    @property
    def registry_host(self) -> str:
        """address:port, as needed in image names and --insecure-registry."""
        return f"{self.registry}:{REGISTRY_PORT}"

    @property
    def registry_url(self) -> str:
        """URL with scheme: without one, BinderHub uses https."""
        return f"http://{self.registry_host}"

    @property
    def image_prefix(self) -> str:
        """Prefix of the images that BinderHub builds."""
        return f"{self.registry_host}/i-"

    @property
    def binder_upstream(self) -> str:
        """address:port of BinderHub for the entry."""
        return f"{self.binder}:{ENTRY_PORT}"

    @property
    def hub_upstream(self) -> str:
        """address:port of JupyterHub's proxy for the entry."""
        return f"{self.hub}:{ENTRY_PORT}"


def addresses(service_cidr: str) -> Addresses:
    """The addresses inside `service_cidr`. Raises ConfigError unless it is an IPv4 network, /22 or larger."""
    try:
        network = ipaddress.IPv4Network(service_cidr)
    except ValueError as error:
        raise ConfigError(f"network.service_cidr: {error}", hint="Write it as 10.43.0.0/16.") from error
    if network.num_addresses < MINIMUM_SERVICE_ADDRESSES:
        raise ConfigError(
            f"network.service_cidr {service_cidr} is too small: a /22 is the least",
            hint="Write it as 10.43.0.0/16.",
        )
    return Addresses(
        api=str(network[API_OFFSET]),
        dns=str(network[DNS_OFFSET]),
        registry=str(network[REGISTRY_OFFSET]),
        binder=str(network[BINDER_OFFSET]),
        hub=str(network[HUB_OFFSET]),
        builder_bridge=f"{network[1 - BUILDER_ADDRESSES]}/{32 - (BUILDER_ADDRESSES - 1).bit_length()}",
    )
