"""The preflight's rules about the host's network: its route, ports, firewalls, and outgoing connections."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from binder_singlenode.config import Host, proxy_environment
from binder_singlenode.layout import paths
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.ruleset import read, remedies
from binder_singlenode.preflight.script import OUTBOUND

OUR_UNITS = (paths.K3S_UNIT, paths.ENTRY_UNIT)


def route(facts: Facts) -> Iterator[Problem]:
    """k3s takes the node's address from the interface of the default route, and exits without one. Its
    gateway need not answer (https://docs.k3s.io/installation/airgap, "Default Network Route")."""
    if not facts.one("default_route"):
        yield Problem(
            "there is no default route over IPv4, from which k3s takes the node's address",
            "network",
            "ip route add default via GATEWAY dev INTERFACE, and the same in the network's settings, to"
            " outlast a reboot; without a gateway, any unused address of the interface's network will do",
        )


def cluster(facts: Facts, host: Host) -> Iterator[Problem]:
    """A node's part of the pod network and the services' addresses cannot change. With other settings the
    cluster starts, but its pods reach nothing."""
    if "k3s" not in facts.all("ours"):
        return
    network = host.network
    there = [("pod_cidr", network.pod_cidr, cidr, f"node {name} has") for name, cidr in facts.nodes.items()]
    there.append(("service_cidr", network.service_cidr, facts.api_address, "the service kubernetes has"))
    for key, wanted, found, who in there:
        if found and not _is_in(found, wanted):
            yield Problem(
                f"{who} {found}, which is not in {wanted}: it cannot be changed once the cluster runs",
                f"network.{key}",
                f"set network.{key} to what it was, or set the machine up again: down, then up",
            )


def _is_in(found: str, wanted: str) -> bool:
    part, whole = ipaddress.ip_network(found), ipaddress.ip_network(wanted)
    return part.version == whole.version and part.subnet_of(whole)  # type: ignore[arg-type]


def ports(facts: Facts) -> Iterator[Problem]:
    """80, 443 and 6443 must be free, or used by what binder-singlenode installed."""
    for held in facts.listeners:
        if held.unit in OUR_UNITS and (held.unit != paths.K3S_UNIT or "k3s" in facts.all("ours")):
            continue
        who = f"{held.program or 'an unknown program'}" + (
            f" ({held.unit})" if held.unit else f" (pid {held.pid})"
        )
        stop = f"systemctl disable --now {held.unit}" if held.unit else f"stop it: kill {held.pid}"
        yield Problem(f"taken by {who}", f"port {held.port}", stop)


def firewalls(facts: Facts, host: Host) -> Iterator[Problem]:
    """Where the host could not print its rules (rules/packet_filters.py judges them): ufw and firewalld drop
    the pods' traffic, unless they are configured to allow it."""
    if read.known(facts):
        return
    cidrs = (host.network.pod_cidr, host.network.service_cidr)
    rules = "\n".join(facts.all("ufw"))
    if "Status: active" in rules and not all(cidr in rules for cidr in cidrs):
        yield Problem("is active and drops the pods' traffic", "ufw", remedies.ufw(host))
    trusted = facts.one("firewalld_trusted").split()
    if "firewalld" in facts.all("active") and not set(cidrs) <= set(trusted):
        yield Problem("is active and drops the pods' traffic", "firewalld", remedies.firewalld(host))


def outbound(facts: Facts, host: Host) -> Iterator[Problem]:
    """Check that the host reaches the publishers, or the proxy to them."""
    for door in proxy_environment.doors(host):
        if door in facts.all("not_reached"):
            yield Problem(
                f"the host gets no answer from {door}",
                "proxy",
                "check proxy.http and proxy.https, and whether the proxy lets this host in",
            )
    missed = [name for name in OUTBOUND if name in facts.all("not_reached")]
    if not missed:
        return
    what = (
        "no name on the internet answers"
        if len(missed) == len(OUTBOUND)
        else f"no answer from {', '.join(missed)}"
    )
    yield Problem(
        f"{what} on port 443",
        "internet",
        "let the host out (an IPv6-only machine needs NAT64; some providers' addresses are blocked),"
        " or bring everything along: --bundle DIR",
    )
