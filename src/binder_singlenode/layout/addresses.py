"""The fixed addresses inside the cluster, derived from network.service_cidr.

Kubernetes hands out ClusterIPs from the upper band of the service network first and keeps the lower one
for fixed addresses (KEP-3070); for a /16 the lower band is the first 256 addresses. All of ours are there:
a registry at an address needs no name that four programs have to agree on, and the entry on the host can
name its two upstreams before they exist.
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

API_PORT = 6443
REGISTRY_PORT = 5000
KUBELET_PORT = 10250
ENTRY_PORT = 80
"""Of the two Services behind the entry."""
PUBLIC_PORTS = (80, 443)
"""What visitors, and authorities, come to."""

MINIMUM_SERVICE_ADDRESSES = 1024
"""A /22: its lower band, a sixteenth of the network, is the smallest that holds all offsets."""

LINK_LOCAL_NETWORK = "169.254.0.0/16"
"""RFC 3927. Clouds answer in it with a machine's metadata, its credentials among them."""

RESERVED_NETWORKS = ("10.0.0.0/8", "100.64.0.0/10", LINK_LOCAL_NETWORK, "172.16.0.0/12", "192.168.0.0/16")
"""Private, shared and link-local: where sessions and builds have no business."""


@dataclass(frozen=True)
class Addresses:
    """The addresses of one host's cluster."""

    api: str
    dns: str
    registry: str
    binder: str
    hub: str

    @property
    def registry_host(self) -> str:
        """address:port, as image names and --insecure-registry want it."""
        return f"{self.registry}:{REGISTRY_PORT}"

    @property
    def registry_url(self) -> str:
        """With its scheme: BinderHub takes https where none is given."""
        return f"http://{self.registry_host}"

    @property
    def image_prefix(self) -> str:
        """Prefix of the images that BinderHub builds."""
        return f"{self.registry_host}/i-"

    @property
    def binder_upstream(self) -> str:
        """Where the entry finds BinderHub."""
        return f"{self.binder}:{ENTRY_PORT}"

    @property
    def hub_upstream(self) -> str:
        """Where the entry finds JupyterHub's proxy."""
        return f"{self.hub}:{ENTRY_PORT}"


def addresses(service_cidr: str) -> Addresses:
    """The addresses inside `service_cidr`; raises ConfigError unless it is an IPv4 network of /22 or more."""
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
    )
