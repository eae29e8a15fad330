"""Packet filters that others have set: what preflight says of them is what a kernel does with packets."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from binder_singlenode.base import sections
from binder_singlenode.config import Host
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight.queries import packet_filters as queries
from binder_singlenode.preflight.rules import packet_filters
from binder_singlenode.preflight.ruleset import flows as all_flows
from binder_singlenode.preflight.ruleset import read

from . import network_bed
from .network_bed import HOST, NEIGHBOUR, POD_CIDR, Namespace, Neighbourhood

IMAGE = """*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A FORWARD -j REJECT --reject-with icmp-host-prohibited
COMMIT
"""
WITH_OURS = IMAGE.replace(
    "-A INPUT -p icmp",
    f"-A INPUT -s {POD_CIDR} -j ACCEPT\n-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT\n"
    "-A INPUT -p icmp",
).replace("-A FORWARD", f"-A FORWARD -s {POD_CIDR} -j ACCEPT\n-A FORWARD -d {POD_CIDR} -j ACCEPT\n-A FORWARD")
UFW = """*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
:ufw-not-local - [0:0]
:ufw-logging-deny - [0:0]
-A INPUT -j ufw-before-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
-A ufw-not-local -j DROP
-A ufw-user-input -p tcp -m tcp --dport 80 -j ACCEPT
COMMIT
"""
RAW = """*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -i cni0 -p tcp -m tcp --dport 6443 -j DROP
COMMIT
"""
DEBIAN = """table inet filter {
    chain input {
        type filter hook input priority 0; policy drop;
        iifname "lo" accept
        ct state vmap { established : accept, related : accept, invalid : drop }
        tcp dport { 22 } accept
    }
    chain forward { type filter hook forward priority 0; policy drop; }
    chain output { type filter hook output priority 0; policy accept; }
}
"""
FIREWALLD = """table inet firewalld {
    chain filter_INPUT {
        type filter hook input priority 10; policy accept;
        ct state { established, related } accept
        ct status dnat accept
        iifname "lo" accept
        jump zones
        reject with icmpx admin-prohibited
    }
    chain filter_FORWARD {
        type filter hook forward priority 10; policy accept;
        ct state { established, related } accept
        jump zones
        reject with icmpx admin-prohibited
    }
    chain zones { TRUSTED goto public
    }
    chain trusted { accept
    }
    chain public {
        tcp dport { 22, 80 } ct state { new, untracked } accept
        meta l4proto { icmp, ipv6-icmp } accept
    }
}
"""
SETS = """table inet mine {
    set pods { type ipv4_addr; flags interval; elements = { 10.42.0.0/17, 10.42.128.0/17 } }
    map ports { type inet_service : verdict; elements = { 22 : accept, 80 : jump web } }
    chain web { ip saddr 192.0.2.0/24 accept
    }
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        iif lo accept
        ip saddr @pods tcp dport 1-1024 drop
        ip saddr @pods accept
        tcp dport vmap @ports
    }
    chain forward {
        type filter hook forward priority 0; policy accept;
        iifname "cni*" oifname != "wlan*" tcp dport != { 53, 443 } drop
        tcp flags & (fin|syn|rst|psh|ack|urg) == (fin|psh|urg) drop
    }
}
"""
OUTPUT = """table ip filter {
    chain OUTPUT {
        type filter hook output priority 0; policy drop;
        ip daddr 10.42.0.0/16 accept
        oifname "lo" accept
        ct state established accept
        udp dport 53 accept
        tcp dport 8443 accept
    }
}
"""
RAW_NFT = """table inet early {
    chain first { type filter hook prerouting priority -300; policy accept;
        ip saddr 10.0.0.0/8 iifname != "eth*" tcp dport 6443 drop
        meta mark 0x7 drop
        ip ttl < 3 drop
    }
}
"""
NFT = {
    "nothing": ("", ""),
    "Debian's file with policy drop": (DEBIAN, "api web out"),
    "like firewalld": (FIREWALLD.replace("TRUSTED", ""), "api out"),
    "like firewalld, with sources": (FIREWALLD.replace("TRUSTED", f"ip saddr {POD_CIDR} goto trusted;"), ""),
    "sets, maps and ranges": (SETS, ""),
    "an output that lets little out": (OUTPUT, "away"),
    "before conntrack": (RAW_NFT, "api"),
}
SAVED = {
    "the image of a cloud": (IMAGE, "api web out"),
    "the same with our lines": (WITH_OURS, ""),
    "like ufw": (UFW, "api"),
    "raw": (RAW, "api"),
}
WORDS = {
    "api": "API server",
    "web": "visitors to tcp 80",
    "out": "pods to the internet",
    "away": "the host to the int",
}


@pytest.fixture
def bed() -> Iterator[Neighbourhood]:
    network_bed.needs("ip", "nft", "bridge")
    made = Neighbourhood()
    made.pods()
    made.kube_proxy()  # which also masquerades
    made.servers.append(made.neighbour.serve("neighbour", "0.0.0.0", 443))
    made.servers.append(made.host.serve("entry", HOST, 80))
    yield made
    made.close()


def reached(network: Namespace, address: str, port: int) -> bool:
    with closing(network.socket()) as made:
        made.settimeout(0.7)
        try:
            made.connect((address, port))
        except OSError:
            return False
    return True


def really_dropped(bed: Neighbourhood) -> set[str]:
    """What does not get through: SYN and answer of real connections."""
    tried = {
        "api": reached(bed.pod, HOST, 6443),
        "web": reached(bed.neighbour, HOST, 80),
        "out": reached(bed.pod, NEIGHBOUR, 443),
        "away": reached(bed.host, NEIGHBOUR, 443),
    }
    return {name for name, good in tried.items() if not good}


def facts_of(bed: Neighbourhood) -> preflight_facts.Facts:
    before = 'say() { printf \'%s\\t%s\\n\' "$1" "$2"; }'
    path = f"export PATH='{os.environ['PATH']}:/usr/sbin:/sbin'"
    loads = [
        f"export {name}='{os.environ[name]}'"
        for name in ("XTABLES_LIBDIR", "LD_LIBRARY_PATH")
        if name in os.environ
    ]
    text = bed.host.run(
        "\n".join(["set +e", path, *loads, sections.script(queries.fragments(), before=before)])
    )
    rows = f"##binder more\ndefault_route\teth0\naddress\t{HOST}\teth0\t24\n"
    return preflight_facts.parse(text + rows, 0)


def judged(bed: Neighbourhood) -> set[str]:
    """What the rule says of the same kernel."""
    host = Host.model_validate({"address": "lab.example.org"})
    facts = facts_of(bed)
    assert read.known(facts)
    said = [problem.what for problem in packet_filters.filters(facts, host) if problem.fatal]
    return {name for name, words in WORDS.items() if any(words in what for what in said)}


@pytest.mark.parametrize("name", NFT)
def test_rules_of_nft(bed: Neighbourhood, name: str) -> None:
    rules, expected = NFT[name]
    bed.host.run("nft -f -", f"table inet empty\n{rules}")
    assert really_dropped(bed) == judged(bed) == set(expected.split())


@pytest.mark.parametrize("tool", ["iptables-nft", "iptables-legacy"])
@pytest.mark.parametrize("name", SAVED)
def test_rules_of_iptables(bed: Neighbourhood, name: str, tool: str, tmp_path: Path) -> None:
    program = shutil.which(f"{tool}-restore", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if program is None:
        pytest.skip(f"needs {tool}: apt install iptables")
    rules, expected = SAVED[name]
    loads = [
        f"export {key}='{os.environ[key]}'"
        for key in ("XTABLES_LIBDIR", "LD_LIBRARY_PATH")
        if key in os.environ
    ]
    bed.host.run("\n".join([*loads, program]), rules)
    assert really_dropped(bed) == judged(bed) == set(expected.split())


def test_the_lines_of_a_remedy_let_it_in(bed: Neighbourhood) -> None:
    """What is proposed is carried out, and then nothing is found, and packets get through."""
    bed.host.run("nft -f -", DEBIAN)
    host = Host.model_validate({"address": "lab.example.org"})
    for problem in packet_filters.filters(facts_of(bed), host):
        bed.host.run(problem.remedy.partition(";")[0])
    assert judged(bed) == really_dropped(bed) == set()


def test_our_own_table_and_its_like_are_not_others(bed: Neighbourhood) -> None:
    names = ("kube-proxy", "docker-bridges", "binder_singlenode")
    chain = "chain forward { type filter hook forward priority 0; policy drop; }"
    bed.host.run("nft -f -", "\n".join(f"table inet {name} {{ {chain}\n}}" for name in names))
    assert judged_anyway(bed) == []


def judged_anyway(bed: Neighbourhood) -> list[str]:
    host = Host.model_validate({"address": "lab.example.org"})
    return [problem.what for problem in packet_filters.filters(facts_of(bed), host)]


def test_every_kind_of_packet_has_a_remedy() -> None:
    facts = preflight_facts.parse("default_route\teth0\naddress\t2001:db8::1\teth0\t64\n", 0)
    host = Host.model_validate({"address": "lab.example.org"})
    kinds = {flow.kind for flow in all_flows.flows(facts, host)}
    assert kinds == {"pods", "pods out", "visitors", "node out", "answers", "itself", "ssh"}
