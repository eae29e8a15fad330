"""Whether a packet meets a match of a rule: True, False, or None when it cannot be known from here."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from binder_singlenode.preflight.ruleset.model import UNKNOWN, Anyone, Packet, Statement, Table
from binder_singlenode.preflight.ruleset.values import NotThere, value_of

Known = bool | None
_PROTOCOLS = {6: "tcp", 17: "udp", 1: "icmp", 58: "ipv6-icmp", "6": "tcp", "17": "udp"}


def meets(statement: Statement, packet: Packet, table: Table) -> Known:
    """Whether the packet goes on after this statement. Statements that only count or log let all pass."""
    if UNKNOWN in statement:
        return None
    if "limit" in statement:
        body = statement["limit"]
        return not (isinstance(body, Mapping) and body.get("inv"))  # one visitor stays below every rate
    if "xt" in statement:
        body = statement["xt"]
        return True if isinstance(body, Mapping) and body.get("name") == "comment" else None
    if "ct count" in statement:
        return not (isinstance(statement["ct count"], Mapping) and statement["ct count"].get("inv"))
    if "match" not in statement:
        return True
    body = statement["match"]
    if not isinstance(body, Mapping):
        return None
    if (flags := _flags(body, packet)) is not None:
        return flags
    try:
        return _compare(
            str(body.get("op", "==")), value_of(body.get("left"), packet), body.get("right"), table
        )
    except NotThere:
        return False


def _flags(body: Mapping[str, Any], packet: Packet) -> Known:
    """`tcp flags & MASK == FLAGS`, with which scans are dropped; None: another match."""
    left = body.get("left")
    parts = left.get("&") if isinstance(left, Mapping) else None
    if (
        not isinstance(parts, list)
        or len(parts) != 2
        or parts[0] != {"payload": {"protocol": "tcp", "field": "flags"}}
    ):
        return None
    if packet.protocol != "tcp":
        return False
    has = {"syn"} if packet.state == "new" else {"ack"}
    found = has & _names(parts[1]) == _names(body.get("right"))
    return found if body.get("op") in ("==", "in") else not found


def _names(flags: Any) -> set[str]:
    if isinstance(flags, Mapping) and "|" in flags:
        flags = flags["|"]
    return {str(flag) for flag in (flags if isinstance(flags, list) else [flags]) if flag not in (0, "0x0")}


def _compare(op: str, value: Any, right: Any, table: Table) -> Known:
    if op in ("==", "in", "!="):
        found = contains(right, value, table)
        return found if op != "!=" or found is None else not found
    if not isinstance(value, int) or not isinstance(right, int):
        return None
    return {"<": value < right, ">": value > right, "<=": value <= right, ">=": value >= right}.get(op)


def any_of(found: Iterable[Known]) -> Known:
    """True if one is True; None if one may be."""
    results = list(found)
    return True if True in results else None if None in results else False


def all_of(found: Iterable[Known]) -> Known:
    """False if one is False; None if one may be."""
    results = list(found)
    return False if False in results else None if None in results else True


def contains(right: Any, value: Any, table: Table) -> Known:
    """Whether `value` is `right`, or one of its elements."""
    if isinstance(right, str) and right.startswith("@"):
        elements = table.sets.get(right[1:])
        bare = Table(table.family, table.name)  # no set contains a set
        return None if elements is None else any_of(contains(each, value, bare) for each in elements)
    if isinstance(right, list):
        return any_of(contains(each, value, table) for each in right)
    if isinstance(right, Mapping):
        return _in_part(right, value, table)
    if isinstance(value, Anyone) and isinstance(right, str):
        return _within("prefix", {"addr": right, "len": 128 if ":" in right else 32}, value)
    return None if value is None or right is None else _equal(right, value)


def _in_part(right: Mapping[str, Any], value: Any, table: Table) -> Known:
    kind, body = next(iter(right.items()), ("", None))
    if kind in ("set", "|") and isinstance(body, list):
        return any_of(contains(each, value, table) for each in body)
    if kind == "elem" and isinstance(body, Mapping):
        return contains(body.get("val"), value, table)
    if kind == "concat" and isinstance(body, list) and isinstance(value, tuple) and len(body) == len(value):
        return all_of(contains(one, part, table) for one, part in zip(body, value, strict=True))
    return _within(kind, body, value) if kind in ("prefix", "range") else None


def _within(kind: str, body: Any, value: Any) -> Known:
    try:
        if kind == "range":
            first, last = body
            if isinstance(first, int):
                return None if value is None else first <= value <= last
            ends = (ipaddress.ip_address(first), ipaddress.ip_address(last))
            if value is None or isinstance(value, Anyone):
                return None
            address = ipaddress.ip_address(value)
            return address.version == ends[0].version and int(ends[0]) <= int(address) <= int(ends[1])
        network = ipaddress.ip_network(f"{body['addr']}/{body['len']}", strict=False)
        if isinstance(value, Anyone) and isinstance(network, ipaddress.IPv4Network):
            return (
                False
                if any(network.subnet_of(each) for each in value.outside)
                else network.prefixlen == 0 or None
            )
        if network.prefixlen == 0 or value is None or isinstance(value, Anyone):
            return True if network.prefixlen == 0 else None
        return ipaddress.ip_address(value) in network
    except (ValueError, TypeError, KeyError):
        return None


def _equal(right: Any, value: Any) -> Known:
    if isinstance(right, str) and right.endswith("*") and isinstance(value, str):
        return value.startswith(right[:-1])
    if isinstance(value, bool) or isinstance(right, bool):
        return bool(right) is bool(value)
    return bool(_PROTOCOLS.get(right, right) == value)
