"""Lines that let our packets through a packet filter, in the words of the program that made its rules."""

from __future__ import annotations

import dataclasses

from binder_singlenode.config import Host
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.ruleset.model import Chain, Rule, Table

_IPTABLES_FILES = {"iptables": "/etc/iptables/rules.v4", "ip6tables": "/etc/iptables/rules.v6"}
_IPTABLES_UNITS = ("netfilter-persistent", "iptables", "ip6tables")


@dataclasses.dataclass(frozen=True)
class Met:
    """What drops packets: table, base chain, the chain and rule that decide (no rule: the policy), and the
    kinds of packets (flows.Kind)."""

    table: Table
    base: Chain
    chain: str
    rule: Rule | None
    kinds: set[str]


def remedy(met: Met, facts: Facts, host: Host) -> str:
    """The commands, and where the same must be written to outlast a reboot."""
    if _is_firewalld(met, facts):
        return firewalld(host)
    if _is_ufw(met):
        return ufw(host, forward=met.base.hook == "forward")
    lines = _nft(met, host) if met.table.tool == "nft" else _iptables(met, host)
    return f"{' && '.join(lines)}; {_kept(met.table, facts)}"


def _is_firewalld(met: Met, facts: Facts) -> bool:
    zones = any(name.endswith("_ZONES") for name in met.table.chains)  # its backend for iptables
    return met.table.name == "firewalld" or (zones and "firewalld" in facts.all("active"))


def _is_ufw(met: Met) -> bool:
    chains = any(name.startswith(("ufw-", "ufw6-")) for name in met.table.chains)
    return chains and (met.rule is None or met.chain.startswith(("ufw-", "ufw6-")))


def ufw(host: Host, *, forward: bool = False) -> str:
    """For ufw, which keeps what its command sets."""
    network = host.network
    lines = [f"ufw allow from {cidr}" for cidr in (network.pod_cidr, network.service_cidr)]
    lines.append(f"ufw allow {'80,443' if host.tls.on else '80'}/tcp")
    if forward:
        lines = [f"ufw route allow {way} {network.pod_cidr}" for way in ("from", "to")]
    return f"{' && '.join(lines)}, or: ufw disable"


def firewalld(host: Host) -> str:
    """For firewalld, with --permanent."""
    add = " ".join(f"--add-source={cidr}" for cidr in (host.network.pod_cidr, host.network.service_cidr))
    https = " --add-service=https" if host.tls.on else ""
    return (
        f"firewall-cmd --permanent --zone=trusted {add};"
        f" firewall-cmd --permanent --add-service=http{https}; firewall-cmd --reload"
    )


def _nft(met: Met, host: Host) -> list[str]:
    pods, ports = host.network.pod_cidr, "{ 80, 443 }" if host.tls.on else "80"
    back = met.base.hook == "output"
    matches = {
        "pods": [f"ip saddr {pods}"],
        "pods out": [f"ip saddr {pods}", f"ip daddr {pods}"],
        "visitors": [f"tcp dport {ports}"],
        "node out": ["tcp dport { 80, 443 }", "udp dport 53", f"ip daddr {pods}"],
        "answers": ["ct state established,related"],
        "itself": ["oifname lo" if back else "iifname lo"],
        "ssh": ["tcp dport 22"],
    }
    chain = f"{met.table.family} {met.table.name} {met.base.name}"
    wanted = [match for kind, lines in matches.items() if kind in met.kinds for match in lines]
    return [f"nft 'insert rule {chain} {match} accept'" for match in wanted]


def _iptables(met: Met, host: Host) -> list[str]:
    pods, ports = host.network.pod_cidr, "80,443" if host.tls.on else "80"
    loopback = "-o lo" if met.base.hook == "output" else "-i lo"
    matches = {
        "pods": [f"-s {pods}"],
        "pods out": [f"-s {pods}", f"-d {pods}"],
        "visitors": [f"-p tcp -m multiport --dports {ports}"],
        "node out": ["-p tcp -m multiport --dports 80,443", "-p udp --dport 53", f"-d {pods}"],
        "answers": ["-m conntrack --ctstate ESTABLISHED,RELATED"],
        "itself": [loopback],
        "ssh": ["-p tcp --dport 22"],
    }
    where = met.base.name if met.table.name == "filter" else f"{met.base.name} -t {met.table.name}"
    wanted = [match for kind, lines in matches.items() if kind in met.kinds for match in lines]
    return [f"{met.table.tool} -I {where} {match} -j ACCEPT" for match in wanted]


def _kept(table: Table, facts: Facts) -> str:
    """Where this system keeps such rules over a reboot."""
    files, units = facts.all("filter_file"), facts.all("filter_unit")
    if table.tool == "nft":
        file, loads = "/etc/nftables.conf", [unit for unit in units if unit == "nftables"]
    else:
        file = _IPTABLES_FILES[table.tool.removesuffix("-legacy")]
        loads = [unit for unit in units if unit in _IPTABLES_UNITS]
    if file in files:
        by = f", which {loads[0]} loads at boot" if loads else ", if that is what is loaded at boot"
        return f"and write the same above the line that drops them in {file}{by}"
    others = f" ({', '.join(units)} is enabled)" if units else ""
    return f"and let whatever loads these rules at boot load the same{others}"
