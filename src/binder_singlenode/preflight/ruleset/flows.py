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
        *_of_pods(host, pod, node, card),
        *_of_node(host, pod, node, card),
        *_of_visitors(facts, host, node, card),
    ]


def _way_out(host: Host) -> tuple[str, dict[int, str | None]]:
    """Where downloads come from, in words, and its ports with an address: the internet, or the web proxy."""
    doors = [int(door.rpartition(":")[2]) for door in proxy_environment.doors(host)]
    return ("the proxy", dict.fromkeys(doors)) if doors else ("the internet", {443: PUBLIC})


def _of_pods(host: Host, pod: str, node: str | None, card: str | None) -> Iterator[Flow]:
    for hook in ("prerouting", "input"):
        to_node = {"hook": hook, "saddr": pod, "daddr": node, "iif": BRIDGE}
        api = _packet(to_node, dport=API_PORT, dnat=None)  # most come by the Service's address
        yield Flow("pods", f"pods to the API server (tcp {API_PORT})", api)
        yield Flow("pods", f"pods to the kubelet (tcp {KUBELET_PORT})", _packet(to_node, dport=KUBELET_PORT))
    where, ports = _way_out(host)
    for hook in ("prerouting", "forward", "postrouting"):
        out = {"hook": hook, "saddr": pod, "iif": BRIDGE, "to_host": False}
        out |= {"oif": None if hook == "prerouting" else card}
        for port, address in ports.items():
            yield Flow("pods out", f"pods to {where} (tcp {port})", _packet(out, dport=port, daddr=address))
        yield Flow("pods out", "pods to name servers (udp 53)", _packet(out, dport=53, protocol="udp"))
    back = {"hook": "forward", "daddr": pod, "oif": BRIDGE, "to_host": False}
    answer = _packet(back, saddr=PUBLIC, iif=card, sport=443, dport=40000, state="established")
    yield Flow("pods out", "answers from the internet to pods", answer)
    # Packets between pods stay on their bridge, and are filtered all the same (br_netfilter).
    dns = _packet(back, saddr=pod, iif=BRIDGE, dport=53, protocol="udp")
    yield Flow("pods out", "pods to the cluster's DNS (udp 53)", dns)


def _packet(common: Mapping[str, object], **more: object) -> Packet:
    return Packet(**{**common, **more})  # type: ignore[arg-type]


def _of_node(host: Host, pod: str, node: str | None, card: str | None) -> Iterator[Flow]:
    where, ports = _way_out(host)
    out = {"hook": "output", "saddr": node, "oif": card, "to_host": False, "from_host": True}
    for port, address in ports.items():
        yield Flow("node out", f"the host to {where} (tcp {port})", _packet(out, dport=port, daddr=address))
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
