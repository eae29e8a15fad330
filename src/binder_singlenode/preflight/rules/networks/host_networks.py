"""The preflight's rules about the host's networks against those of the cluster and of the builder.

What is in one of the cluster's networks the host sends to pods only (templates/firewall), so a machine there
cannot be reached, and cannot reach this host. The packets of ssh are let through all the same, but visitors',
name servers' and the gateway's are not.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from binder_singlenode.config import Host, builder_arguments
from binder_singlenode.config.model.network import (
    POD_PREFIX_MAX,
    POD_PREFIX_MIN,
    SERVICE_PREFIX_MAX,
    SERVICE_PREFIX_MIN,
)
from binder_singlenode.layout.addresses import is_closed
from binder_singlenode.preflight import host_networks
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.host_networks import Network, Used
from binder_singlenode.preflight.problem import Problem

SHOWN = 4
"""More overlaps than these are counted only."""
_PREFIXES = {
    "network.pod_cidr": (POD_PREFIX_MIN, POD_PREFIX_MAX),
    "network.service_cidr": (SERVICE_PREFIX_MIN, SERVICE_PREFIX_MAX),
}
BUILDER_KEY = f"release.extra_values: {builder_arguments.KEY}"


def overlaps(facts: Facts, host: Host) -> Iterator[Problem]:
    """One problem for each of the networks that overlaps one of the host's, with a free one to use."""
    ours = _of_cluster(host)
    there = [*host_networks.used(facts), *host_networks.of_operator(facts)]
    taken = [*(used.network for used in there), *ours.values()]
    for key, cidr in ours.items():
        if met := [used for used in there if used.network.overlaps(cidr)]:
            low, high = _PREFIXES.get(key, (16, 24))
            instead = host_networks.free(taken, low, high)
            taken += [instead] if instead else []  # the next key gets another one
            yield _problem(facts, key, cidr, met, instead)


def _of_cluster(host: Host) -> dict[str, Network]:
    """Key -> network. The builder's bridge is in the Services' network, unless the host file moves it."""
    services = Network(host.network.service_cidr)
    found = {"network.pod_cidr": Network(host.network.pod_cidr), "network.service_cidr": services}
    bridge = ipaddress.IPv4Interface(builder_arguments.bridge(host)).network
    return found if bridge.subnet_of(services) else {**found, BUILDER_KEY: bridge}


def _problem(facts: Facts, key: str, cidr: Network, met: list[Used], free: Network | None) -> Problem:
    """On a host that runs already, a wider route is a warning: the cluster's own routes come before it."""
    runs = "k3s" in facts.all("ours")
    wider = all(not used.address and used.network.prefixlen < cidr.prefixlen for used in met)
    named = ", ".join(used.what for used in met[:SHOWN])
    more = f" and {len(met) - SHOWN} more" if len(met) > SHOWN else ""
    verb = "overlaps" if len(met) == 1 else "overlap"
    return Problem(
        f"{named}{more} {verb} {cidr}: the host would send packets for these addresses to pods only,"
        " and no longer answer",
        key,
        _remedy(key, free, runs=runs and key != BUILDER_KEY),
        fatal=not (runs and wider),
    )


def _remedy(key: str, free: Network | None, *, runs: bool) -> str:
    if key == BUILDER_KEY:
        where = f"{builder_arguments.BRIDGE}={free[1]}/{free.prefixlen}" if free else "a free network"
        return f"write {where} there, or leave {builder_arguments.BRIDGE} out"
    name = key.partition(".")[2]
    line = f"network: {{{name}: {free}}}" if free else f"network: {{{name}: a network that is free here}}"
    if runs:
        return f"take that network off the host; or set it up again: down, write {line} in the host file, up"
    return f"write {line} in the host file" + (", which is free on this host" if free else "")


def ssh_port(facts: Facts, host: Host) -> Iterator[Problem]:
    """sshd on a port that the firewall closes to the outside: the operator would be locked out."""
    port = facts.number("ssh_port")
    if host.network.firewall and is_closed(port):
        yield Problem(
            f"sshd listens on port {port}, which is one of Kubernetes' ports: the firewall closes it to the"
            " outside",
            "ssh",
            "let sshd listen on another port, as 22 (Port in /etc/ssh/sshd_config), and set ssh.port",
        )
