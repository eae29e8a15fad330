"""What a packet has at the left side of a match: nft's payload, meta, ct and fib expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from binder_singlenode.preflight.ruleset.model import Packet


class NotThere(Exception):
    """The packet has no such field, as TCP has no icmp type: the match fails, whatever it compares."""


def value_of(left: Any, packet: Packet) -> Any:
    """The packet's value for the left side of a match; None: not known. Raises NotThere."""
    if not isinstance(left, Mapping) or len(left) != 1:
        return None
    ((kind, body),) = left.items()
    if kind == "concat" and isinstance(body, list):
        return tuple(value_of(each, packet) for each in body)
    if kind == "&" and isinstance(body, list) and len(body) == 2:
        value = value_of(body[0], packet)
        return value & body[1] if isinstance(value, int) and isinstance(body[1], int) else value
    if not isinstance(body, Mapping):
        return None
    reader = {"payload": _payload, "meta": _meta, "ct": _conntrack, "fib": _route}.get(kind)
    return reader(body, packet) if reader else None


def _payload(body: Mapping[str, Any], packet: Packet) -> Any:
    protocol, name = body.get("protocol"), body.get("field")
    if protocol in ("ip", "ip6"):
        if (protocol == "ip") != (packet.version == 4):
            raise NotThere
        if name in ("protocol", "nexthdr"):
            return packet.protocol
        return {"saddr": packet.saddr, "daddr": packet.daddr}.get(str(name))
    if protocol in ("tcp", "udp", "th") and protocol in ("th", packet.protocol):
        if name == "flags":
            return "syn" if packet.state == "new" else "ack"
        return {"sport": packet.sport, "dport": packet.dport}.get(str(name))
    if protocol in ("ether", "vlan"):
        return None
    raise NotThere  # the header of another protocol


def _meta(body: Mapping[str, Any], packet: Packet) -> Any:
    return {
        "iif": packet.iif,
        "iifname": packet.iif,
        "oif": packet.oif,
        "oifname": packet.oif,
        "l4proto": packet.protocol,
        "nfproto": f"ipv{packet.version}",
        "protocol": "ip" if packet.version == 4 else "ip6",
        "mark": 0,
        "pkttype": "unicast" if packet.iif is None else "host",
    }.get(str(body.get("key")))


def _conntrack(body: Mapping[str, Any], packet: Packet) -> Any:
    key = body.get("key")
    if key == "status":
        return None if packet.dnat is None else ("dnat" if packet.dnat else "")
    if key == "state" and packet.dnat is None and packet.state == "new":
        return "new"
    return {
        "state": packet.state,
        "direction": "original" if packet.state == "new" else "reply",
        "mark": 0,
    }.get(str(key))


def _route(body: Mapping[str, Any], packet: Packet) -> Any:
    """nft's fib: the type of an address, or whether there is a way back to a sender, which there is."""
    flags = body.get("flags")
    flags = flags if isinstance(flags, list) else [flags]
    if body.get("result") != "type":
        return True
    local = packet.to_host if "daddr" in flags else packet.from_host
    return "local" if local else "unicast"
