"""The packets that a BinderHub host needs to get through its packet filters."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from binder_singlenode.config import Host, proxy_environment
from binder_singlenode.layout.addresses import API_PORT, KUBELET_PORT
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.ruleset.model import Anyone, Packet

Kind = Literal["pods", "pods out", "visitors", "node out", "answers", "itself", "ssh"]
BRIDGE = "cni0"
SSH_PORT = 22
PUBLIC = "8.0.0.1"
"""Stands for any server on the internet: a public address that no rule names."""


@dataclass(frozen=True)
class Flow:
    """One kind of packets, in words, and what would let it through. `fatal` False: the host works without."""

    kind: Kind
    what: str
    packet: Packet
    fatal: bool = True


def flows(facts: Facts, host: Host) -> list[Flow]:
    """All of them."""
    card = facts.one("default_route") or None
    node = next((row[0] for row in facts.rows("address") if len(row) > 1 and row[1] == card), None)
    pod = str(ipaddress.ip_network(host.network.pod_cidr)[7])
    return [
        *_of_pods(pod, node, card),
        *_of_node(host, pod, node, card),
        *_of_visitors(facts, host, node, card),
    ]


def _of_pods(pod: str, node: str | None, card: str | None) -> Iterator[Flow]:
    for hook in ("prerouting", "input"):
        to_node = {"hook": hook, "saddr": pod, "daddr": node, "iif": BRIDGE}
        yield Flow(
            "pods", f"pods to the API server (tcp {API_PORT})", _packet(to_node, dport=API_PORT, dnat=None)
        )
        yield Flow("pods", f"pods to the kubelet (tcp {KUBELET_PORT})", _packet(to_node, dport=KUBELET_PORT))
    for hook in ("prerouting", "forward"):
        oif = card if hook == "forward" else None
        out = {"hook": hook, "saddr": pod, "iif": BRIDGE, "oif": oif, "to_host": False}
        yield Flow("pods out", "pods to the internet (tcp 443)", _packet(out, dport=443, daddr=PUBLIC))
        yield Flow("pods out", "pods to name servers (udp 53)", _packet(out, dport=53, protocol="udp"))
    back = Packet(
        "forward",
        saddr=PUBLIC,
        daddr=pod,
        iif=card,
        oif=BRIDGE,
        sport=443,
        dport=40000,
        state="established",
        to_host=False,
    )
    yield Flow("pods out", "answers from the internet to pods", back)


def _packet(common: Mapping[str, object], **more: object) -> Packet:
    return Packet(**{**common, **more})  # type: ignore[arg-type]


def _of_node(host: Host, pod: str, node: str | None, card: str | None) -> Iterator[Flow]:
    doors = [int(door.rpartition(":")[2]) for door in proxy_environment.doors(host)]
    out = {"hook": "output", "saddr": node, "oif": card, "to_host": False, "from_host": True}
    for port in dict.fromkeys(doors or [443]):
        what = "the proxy" if doors else "the internet"
        yield Flow(
            "node out",
            f"the host to {what} (tcp {port})",
            _packet(out, dport=port, daddr=None if doors else PUBLIC),
        )
    yield Flow("node out", "the host to name servers (udp 53)", _packet(out, dport=53, protocol="udp"))
    back = {"hook": "input", "daddr": node, "iif": card, "dport": 40000, "state": "established"}
    yield Flow("answers", "answers to the host's own connections", _packet(back, sport=443, saddr=PUBLIC))
    yield Flow("answers", "answers of name servers", _packet(back, sport=53, protocol="udp"))
    to_pod = Packet("output", daddr=pod, oif=BRIDGE, dport=8080, to_host=False, from_host=True)
    yield Flow("node out", "the host to pods", to_pod)
    from_pod = Packet(
        "input", saddr=pod, daddr=node, iif=BRIDGE, sport=8080, dport=40000, state="established"
    )
    yield Flow("pods", "answers of pods to the host", from_pod)
    for hook in ("input", "output"):
        cards = {"iif": "lo"} if hook == "input" else {"oif": "lo"}
        for address in ("127.0.0.1", node):
            own = {"hook": hook, "saddr": address, "daddr": address, "from_host": True, **cards}
            yield Flow("itself", f"the host to itself (tcp {API_PORT})", _packet(own, dport=API_PORT))


def _of_visitors(facts: Facts, host: Host, node: str | None, card: str | None) -> Iterator[Flow]:
    six = any(_is_global_v6(address) for address in facts.all("address"))
    own = ("127.0.0.0/8", host.network.pod_cidr, host.network.service_cidr)
    visitor = Anyone(tuple(map(ipaddress.IPv4Network, own)))
    for hook in ("ingress", "prerouting", "input"):
        for port in (80, 443) if host.tls.on else (80,):
            from_outside = {"hook": hook, "saddr": visitor, "daddr": node, "iif": card, "dport": port}
            yield Flow("visitors", f"visitors to tcp {port}", _packet(from_outside))
            if six:
                over_v6 = _packet({**from_outside, "daddr": None}, version=6)
                yield Flow("visitors", f"visitors to tcp {port} over IPv6", over_v6, fatal=False)
        port = facts.number("ssh_port") or SSH_PORT
        operator = {
            "hook": hook,
            "saddr": facts.one("comes_from") or None,
            "daddr": node,
            "iif": card,
            "dport": port,
        }
        yield Flow("ssh", f"new ssh connections (tcp {port})", _packet(operator), fatal=False)


def _is_global_v6(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == 6 and address.is_global
