"""Read the output of iptables-save and ip6tables-save, as rules in the form of nft's JSON."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from binder_singlenode.preflight.ruleset.model import UNKNOWN, Chain, Rule, Statement, Table

HOOKS = {
    "INPUT": "input",
    "FORWARD": "forward",
    "OUTPUT": "output",
    "PREROUTING": "prerouting",
    "POSTROUTING": "postrouting",
}
_PRIORITIES = {"raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50}
_VERDICTS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "reject", "RETURN": "return", "TARPIT": "drop"}
_IGNORED = {"--comment": 1, "-m": 1, "--match": 1, "--reject-with": 1, "-c": 2, "--set-counters": 2}


def tables(lines: Iterable[str], tool: str, family: str) -> list[Table]:
    """The tables; a line that is not understood never lets anything in."""
    found: list[Table] = []
    for line in lines:
        if line.startswith("*"):
            found.append(Table(family, line[1:].strip(), tool))
        elif found and line.startswith(":"):
            _declare(found[-1], line[1:].split())
        elif found and line.startswith(("-A ", "[")):
            _append(found[-1], line[line.find("-A ") :])
    return found


def _declare(table: Table, words: list[str]) -> None:
    if len(words) >= 2:
        chain = table.chains.setdefault(words[0], Chain(words[0]))
        if words[1] != "-":
            chain.hook, chain.policy = HOOKS.get(words[0], ""), words[1].lower()
            chain.kind = "nat" if table.name == "nat" else "filter"
            chain.priority = _PRIORITIES.get(table.name, 0)


def _append(table: Table, line: str) -> None:
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    if len(words) >= 2:
        statements = tuple(_statements(words[2:], "ip" if table.family == "ip" else "ip6"))
        table.chains.setdefault(words[1], Chain(words[1])).rules.append(Rule(statements, line))


def _statements(words: list[str], family: str) -> Iterator[Statement]:
    at, negated, verdict = 0, False, []
    while at < len(words):
        word, at = words[at], at + 1
        if word == "!":
            negated = True
            continue
        if word in ("-j", "--jump", "-g", "--goto"):
            verdict = [_verdict(word, words[at] if at < len(words) else "")]
            at = len(words)  # only options of the target follow
            continue
        if word in _IGNORED:
            if word in ("-m", "--match") and words[at : at + 1]:
                yield from _module(words[at], words[at + 1 :])
            at, negated = at + _IGNORED[word], False
            continue
        values = []
        while at < len(words) and not words[at].startswith("-") and words[at] != "!":
            values.append(words[at])
            at += 1
        yield _match(word, values, negated, family)
        negated = False
    yield from verdict


def _module(name: str, after: list[str]) -> Iterator[Statement]:
    """Modules that measure a rate: packets of one visitor are below it."""
    if name in _RATE_MODULES:
        ends = [i for i, word in enumerate(after) if word in ("-m", "-j", "-g")]
        options = after[: ends[0]] if ends else after
        over = any("-above" in word or word in ("--update", "--rcheck", "--remove") for word in options)
        yield {"limit": {"inv": over != ("!" in options and name == "recent")}}


def _verdict(option: str, target: str) -> Statement:
    if target in _VERDICTS:
        return {_VERDICTS[target]: None}
    if target in ("QUEUE", "NFQUEUE"):
        return {"queue": None}
    # LOG, MARK and the like decide nothing: to the walk they are jumps to a chain that is not there.
    return {"goto" if option in ("-g", "--goto") else "jump": {"target": target}}


def _match(option: str, values: list[str], negated: bool, family: str) -> Statement:
    if option in ("--syn", "--tcp-flags"):
        return _flags(values if values else ["FIN,SYN,RST,ACK", "SYN"], negated)
    known = _MATCHES.get(option)
    if _RATE_OPTIONS.fullmatch(option):
        return {"counter": None}
    if known is None or len(values) > 1 or not values:
        return {UNKNOWN: " ".join([option, *values])}
    try:
        left, right = known(values[0] if values else "", family)
    except ValueError:
        return {UNKNOWN: " ".join([option, *values])}
    return {"match": {"op": "!=" if negated else "==", "left": left, "right": right}}


def _flags(values: list[str], negated: bool) -> Statement:
    mask, flags = (
        ["fin", "syn", "rst", "psh", "ack", "urg"]
        if text == "ALL"
        else text.lower().replace("none", "").split(",")
        for text in (values * 2)[:2]
    )
    left = {"&": [_payload("tcp", "flags"), mask]}
    return {
        "match": {"op": "!=" if negated else "==", "left": left, "right": [flag for flag in flags if flag]}
    }


_RATE_MODULES = ("limit", "hashlimit", "connlimit", "recent", "quota", "statistic")
_RATE_OPTIONS = re.compile(
    "--(limit|hashlimit|connlimit|set|update|rcheck|remove|seconds|hitcount|name|mask|rsource|rdest|reap|rttl|quota"
    "|mode|probability|every|packet)(-.*)?"
)


def _payload(protocol: str, name: str) -> Any:
    return {"payload": {"protocol": protocol, "field": name}}


def _address(name: str) -> Callable[[str, str], tuple[Any, Any]]:
    def made(text: str, family: str) -> tuple[Any, Any]:
        address, _, length = text.partition("/")
        right = {"prefix": {"addr": address, "len": int(length)}} if length else address
        return _payload(family, name), right

    return made


def _addresses(name: str) -> Callable[[str, str], tuple[Any, Any]]:
    return lambda text, family: (_payload(family, name), {"range": text.split("-")})


def _port(*names: str) -> Callable[[str, str], tuple[Any, Any]]:
    return lambda text, family: (
        _payload("th", names[0]),
        {"set": [_ports(part) for part in text.split(",")]},
    )


def _ports(text: str) -> Any:
    first, colon, last = text.partition(":")
    return {"range": [int(first or 0), int(last or 65535)]} if colon else int(first)


def _interface(key: str) -> Callable[[str, str], tuple[Any, Any]]:
    return lambda text, family: ({"meta": {"key": key}}, text[:-1] + "*" if text.endswith("+") else text)


def _mark(text: str, family: str) -> tuple[Any, Any]:
    value, _, mask = text.partition("/")
    return {"&": [{"meta": {"key": "mark"}}, int(mask or "0xffffffff", 0)]}, int(value, 0)


def _type(flag: str) -> Callable[[str, str], tuple[Any, Any]]:
    return lambda text, family: ({"fib": {"result": "type", "flags": [flag]}}, text.lower())


def _state(text: str, family: str) -> tuple[Any, Any]:
    return {"ct": {"key": "state"}}, {"set": text.lower().split(",")}


_MATCHES: dict[str, Callable[[str, str], tuple[Any, Any]]] = {
    "-s": _address("saddr"),
    "-d": _address("daddr"),
    "--src-range": _addresses("saddr"),
    "--dst-range": _addresses("daddr"),
    "-i": _interface("iifname"),
    "-o": _interface("oifname"),
    "-p": lambda text, family: ({"meta": {"key": "l4proto"}}, text),
    "--dport": _port("dport"),
    "--dports": _port("dport"),
    "--sport": _port("sport"),
    "--sports": _port("sport"),
    "--state": _state,
    "--ctstate": _state,
    "--ctdir": lambda text, family: ({"ct": {"key": "direction"}}, text.lower()),
    "--mark": _mark,
    "--dst-type": _type("daddr"),
    "--src-type": _type("saddr"),
    "--pkt-type": lambda text, family: ({"meta": {"key": "pkttype"}}, text),
    "--icmp-type": lambda text, family: (_payload("icmp", "type"), text),
    "--icmpv6-type": lambda text, family: (_payload("icmpv6", "type"), text),
}
