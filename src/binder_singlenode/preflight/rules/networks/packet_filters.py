"""The preflight's rules about packet filters that others have set: what do they do with our packets?

Judged by what the kernel holds, not by names of programs: rules of ufw, firewalld, a cloud's image or an
administrator are all the same to a packet. An `accept` in one table does not help: each base chain is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from binder_singlenode.config import Host
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.ruleset import read, remedies
from binder_singlenode.preflight.ruleset.flows import Flow, flows
from binder_singlenode.preflight.ruleset.model import Chain, Rule, Table
from binder_singlenode.preflight.ruleset.remedies import Met
from binder_singlenode.preflight.ruleset.walk import Outcome, outcome


@dataclass
class _Found:
    """What one rule, or one policy, drops."""

    table: Table
    base: Chain
    seen: Outcome
    flows: list[Flow] = field(default_factory=list)
    fatal: bool = False


def filters(facts: Facts, host: Host) -> Iterator[Problem]:
    """One problem for each rule or policy that drops packets which the host needs."""
    wanted = flows(facts, host)
    for table in read.tables(facts):
        for found in _dropped(table, wanted):
            met = Met(
                table, found.base, found.seen.chain, found.seen.rule, {flow.kind for flow in found.flows}
            )
            yield Problem(
                _what(found),
                f"{table.title}, chain {found.base.name}",
                remedies.remedy(met, facts, host),
                fatal=found.fatal,
            )


def _dropped(table: Table, wanted: list[Flow]) -> list[_Found]:
    found: dict[tuple[str, str, Rule | None], _Found] = {}
    for base in table.chains.values():
        for flow in wanted:
            if not _meets(table, base, flow):
                continue
            seen = outcome(table, base, flow.packet)
            if _is_late(table, base, seen):
                continue
            if seen.drops or (seen.maybe and flow.kind != "visitors" and flow.kind != "ssh"):
                each = found.setdefault((base.name, seen.chain, seen.rule), _Found(table, base, seen))
                each.flows.append(flow)
                each.fatal = each.fatal or (flow.fatal and seen.drops and not seen.partly)
    return list(found.values())


def _meets(table: Table, base: Chain, flow: Flow) -> bool:
    packet = flow.packet
    return (
        base.hook == packet.hook
        and base.kind != "nat"
        and table.covers(packet.version)
        and (base.hook != "ingress" or base.device in ("", packet.iif))
    )


def _is_late(table: Table, base: Chain, seen: Outcome) -> bool:
    """The policy of iptables' FORWARD comes after the accepts that flannel and kube-proxy add to this chain.
    docker and ufw set it to DROP, and it does no harm."""
    return table.name == "filter" and base.name == "FORWARD" and seen.drops and seen.rule is None


def _what(found: _Found) -> str:
    seen, base = found.seen, found.base
    names = list(dict.fromkeys(flow.what for flow in found.flows))
    may = "may drop" if seen.maybe or seen.partly else "drops"
    if seen.rule is None:
        by = f"by its policy {base.policy}"
    else:
        inside = f" of chain {seen.chain}" if seen.chain != base.name else ""
        by = f"by the rule `{seen.rule.text}`{inside}"
    return f"{may} {', '.join(names)}: {by}"
