"""The web proxy's settings as environment variables, the same for all outgoing connections.

the host         k3s with containerd and the kubelet, downloads, apt   deploy/operations/proxy.py
the builder      dockerd (base images, pushes), build pods, RUN        values/proxy.py
BinderHub        the binder and hub pods                               values/proxy.py
sessions         what runs in them                                     values/proxy.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from binder_singlenode.layout.addresses import RESERVED_NETWORKS

if TYPE_CHECKING:
    from binder_singlenode.config import Host

LOCAL = ("localhost", "127.0.0.1", "::1")
CLUSTER_NAMES = (".svc", ".cluster.local", "hub", "proxy-api", "proxy-public")
"""Domains and names of Services that BinderHub and JupyterHub use for each other."""


def no_proxy(host: Host) -> list[str]:
    """Targets that are reached without the proxy. Addresses are listed in addition to their networks, because
    some programs do not support networks. Private networks are listed, because the node uses its private
    address for itself."""
    listed = [*LOCAL, *CLUSTER_NAMES, host.network.pod_cidr, host.network.service_cidr]
    listed += [host.addresses.api, host.addresses.registry, *RESERVED_NETWORKS, host.address]
    listed += host.names
    return list(dict.fromkeys([*listed, *host.proxy.no_proxy]))


def doors(host: Host) -> list[str]:
    """HOST:PORT of each proxy; empty without one."""
    return [f"{parts.hostname}:{port_of(parts)}" for parts in map(urlsplit, host.proxy.urls)]


def port_of(parts: SplitResult) -> int:
    """The port of an http or https URL."""
    return parts.port or {"http": 80, "https": 443}[parts.scheme]


def environment(host: Host) -> dict[str, str]:
    """The variables in lower and upper case: curl reads http_proxy only in lower case, others in upper case.
    Empty without a proxy."""
    urls = {"HTTP_PROXY": host.proxy.http, "HTTPS_PROXY": host.proxy.https_url}
    found = {name: url for name, url in urls.items() if url}
    if not found:
        return {}
    found["NO_PROXY"] = ",".join(no_proxy(host))
    return found | {name.lower(): value for name, value in found.items()}
