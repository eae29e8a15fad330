"""Send a packet through a base chain: is it let through, and if not, by which rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from binder_singlenode.preflight.ruleset.match import Known, all_of, contains, meets
from binder_singlenode.preflight.ruleset.model import Chain, Packet, Rule, Statement, Table
from binder_singlenode.preflight.ruleset.values import NotThere, value_of

FOREIGN = re.compile(r"(KUBE|FLANNEL|CNI|DOCKER)-.*|FLANNEL_.*")
"""Chains of kube-proxy, kube-router, flannel, CNI plugins and docker. What they drop is theirs, and what they
accept is let in."""
DEPTH = 16
"""As the kernel: no deeper jumps (NFT_JUMP_STACK_SIZE)."""
STEPS = 20_000
_ENDS = ("accept", "drop", "reject", "queue", "return", "jump", "goto")
_NEXT = ""


@dataclass
class Outcome:
    """What a base chain does with a packet. `maybe`: it is let through, but a rule drops it under a condition
    that is not known from here. `partly`: it is dropped, but an accept has such a condition."""

    drops: bool
    rule: Rule | None = None
    """The rule that drops it; None: the chain's policy."""
    chain: str = ""
    maybe: bool = False
    partly: bool = False


@dataclass
class _Walk:
    table: Table
    packet: Packet
    steps: int = 0
    dropped: tuple[str, Rule] | None = None
    maybe: tuple[str, Rule] | None = None
    partly: bool = False
    path: list[str] = field(default_factory=list)

    def chain(self, name: str, sure: bool) -> str:
        """`accept`, `drop`, or _NEXT for the end of the chain."""
        chain = self.table.chains.get(name)
        if chain is None or len(self.path) >= DEPTH:
            return _NEXT
        self.path.append(name)
        try:
            return self._rules(chain, sure)
        finally:
            self.path.pop()

    def _rules(self, chain: Chain, sure: bool) -> str:
        for rule in chain.rules:
            self.steps += 1
            if self.steps > STEPS:
                return _NEXT
            for applies, verdict, target in verdicts(rule, self.packet, self.table):
                if applies is False:
                    continue
                certain = sure and applies is True
                if verdict == "return":
                    if applies:
                        return _NEXT
                    sure = False  # whether the rest of this chain is reached is not known
                    continue
                if verdict in ("jump", "goto"):
                    end = self.chain(target, certain)
                    if end or (verdict == "goto" and applies):
                        return end
                    continue
                if end := self._end(verdict, rule, chain, certain):
                    return end
        return _NEXT

    def _end(self, verdict: str, rule: Rule, chain: Chain, certain: bool) -> str:
        if verdict == "accept":
            self.partly = self.partly or not certain
            return "accept" if certain else _NEXT
        if any(FOREIGN.fullmatch(name) for name in self.path):
            return _NEXT
        if certain and verdict != "queue":
            self.dropped = (chain.name, rule)
            return "drop"
        self.maybe = self.maybe or (chain.name, rule)
        return _NEXT


def verdicts(rule: Rule, packet: Packet, table: Table) -> Iterator[tuple[Known, str, str]]:
    """What the rule decides: whether for this packet, the verdict, and the chain of a jump."""
    applies: Known = True
    for statement in rule.statements:
        if "vmap" in statement:
            for found, verdict in _mapped(statement["vmap"], packet, table):
                yield all_of((applies, found)), *_verdict(verdict)
        elif any(word in statement for word in _ENDS):
            yield applies, *_verdict(statement)
        elif _is_xt_reject(statement):
            yield applies, "reject", ""
        else:
            applies = all_of((applies, meets(statement, packet, table)))
        if applies is False:
            return


def _is_xt_reject(statement: Statement) -> bool:
    """As nft shows a rule of iptables-nft."""
    body = statement.get("xt")
    return isinstance(body, dict) and body.get("name") == "REJECT"


def _verdict(statement: Statement) -> tuple[str, str]:
    word = next((word for word in _ENDS if word in statement), "")
    body = statement.get(word)
    return word, str(body.get("target", "")) if isinstance(body, dict) else ""


def _mapped(body: Any, packet: Packet, table: Table) -> Iterator[tuple[Known, Statement]]:
    """The verdicts of a map, each with whether its key is the packet's."""
    try:
        value = value_of(body["key"], packet)
        data = body["data"]
        pairs = table.sets.get(data[1:], []) if isinstance(data, str) else data["set"]
        for key, verdict in pairs:
            if isinstance(verdict, Mapping):
                yield contains(key, value, table), verdict
    except (NotThere, KeyError, TypeError, ValueError):
        return


def outcome(table: Table, base: Chain, packet: Packet) -> Outcome:
    """What this base chain does with the packet, other tables apart."""
    walk = _Walk(table, packet)
    end = walk.chain(base.name, sure=True)
    if end == "drop" and walk.dropped:
        return Outcome(True, walk.dropped[1], walk.dropped[0], partly=walk.partly)
    if end != "accept" and base.policy == "drop":
        return Outcome(True, None, base.name, partly=walk.partly)
    if walk.maybe:
        return Outcome(False, walk.maybe[1], walk.maybe[0], maybe=True)
    return Outcome(False)
