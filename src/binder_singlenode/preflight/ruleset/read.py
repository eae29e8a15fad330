"""All packet filters of a host, from the preflight's facts."""

from __future__ import annotations

from binder_singlenode.layout import paths
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.ruleset import iptables_save, nft_json
from binder_singlenode.preflight.ruleset.model import Table

TEXTS = ("nft", "iptables", "ip6tables", "iptables-legacy", "ip6tables-legacy")
_FOREIGN = {
    paths.FIREWALL_TABLE,
    "kube-proxy",
    "docker-bridges",
    "flannel-ipv4",
    "flannel-ipv6",
    "cni_hostport",
}
"""nft tables of this program, of the cluster and of docker: they drop what is theirs."""


def known(facts: Facts) -> bool:
    """Whether the host could print any rules."""
    return any(facts.text(name) for name in TEXTS)


def tables(facts: Facts) -> list[Table]:
    """The tables, each once: for those of iptables-nft, what iptables-nft-save says of them."""
    saved = [
        table
        for name in TEXTS[1:]
        for table in iptables_save.tables(facts.text(name), name, "ip6" if name.startswith("ip6") else "ip")
    ]
    same = {(table.family, table.name) for table in saved if not table.tool.endswith("legacy")}
    native = [table for table in nft_json.tables(facts.text("nft")) if (table.family, table.name) not in same]
    return [*(table for table in native if table.name not in _FOREIGN), *saved]
