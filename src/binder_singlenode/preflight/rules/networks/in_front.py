"""The preflight's rules about what stands between visitors and the host: a proxy that ends TLS."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.config import Host
from binder_singlenode.preflight.problem import Problem


def proxies(host: Host) -> Iterator[Problem]:
    """With an https URL and no TLS at the entry, another machine makes the https; visitors come from it."""
    if host.tls.on or not host.base_url.startswith("https://") or host.network.trusted_proxies:
        return
    yield Problem(
        f"url is https and tls is off, so a proxy in front of the host makes the https; every visitor of"
        f" {host.base_url} then has the proxy's address, in the log, in bans, and for the limit of launches",
        "network.trusted_proxies",
        "add the addresses from which the proxy connects, as in trusted_proxies: [192.0.2.20]; or let the"
        " entry make the https: set tls",
        fatal=False,
    )
