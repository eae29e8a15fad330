"""Packet filters as text in, problems out: one test per kind of rule and per message."""

import json
import random
from typing import Any

import pytest

from binder_singlenode.config import Host
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.rules import packet_filters
from binder_singlenode.preflight.ruleset import read

from .test_judge import judged

ROWS = "default_route\teth0\naddress\t192.0.2.1\teth0\t24\n"
DROP_ALL = "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n{}\nCOMMIT\n"
LETS_IN = (
    "-A INPUT -i lo -j ACCEPT\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
    "-A INPUT -s 10.42.0.0/16 -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
)
WEB = "-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\n"


def found(text: str, name: str = "iptables", rows: str = "", **sections: Any) -> list[Problem]:
    facts = preflight_facts.parse(f"{ROWS}{rows}##binder text {name}\n{text}", 0)
    return list(
        packet_filters.filters(facts, Host.model_validate({"address": "lab.example.org", **sections}))
    )


def of_input(*lines: str, **more: Any) -> list[Problem]:
    """Problems of a chain INPUT that lets all in but visitors, with these lines."""
    return found(DROP_ALL.format(LETS_IN + "\n".join(lines)), **more)


def nft(chain: dict[str, Any], *rules: list[dict[str, Any]]) -> str:
    """A line of `nft -j list table`, with one chain."""
    base = {"family": "inet", "table": "x"}
    objects: list[dict[str, Any]] = [{"metainfo": {}}, {"table": {"family": "inet", "name": "x"}}]
    objects.append({"chain": {**base, "name": "c", "type": "filter", "prio": 0, **chain}})
    objects += [{"rule": {**base, "chain": "c", "handle": 7, "expr": expr}} for expr in rules]
    return json.dumps({"nftables": objects})


def test_the_message_names_table_chain_rule_line_and_file() -> None:
    rows = "filter_unit\tnetfilter-persistent\nfilter_file\t/etc/iptables/rules.v4\n"
    text = DROP_ALL.replace("INPUT DROP", "INPUT ACCEPT").format(LETS_IN + "-A INPUT -j REJECT")
    [problem] = found(text, rows=rows, tls="own-ca")
    assert problem.where == "iptables table filter, chain INPUT"
    assert problem.what == "drops visitors to tcp 80, visitors to tcp 443: by the rule `-A INPUT -j REJECT`"
    assert problem.remedy == (
        "iptables -I INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT; and write the same above the line"
        " that drops them in /etc/iptables/rules.v4, which netfilter-persistent loads at boot"
    )
    assert problem.fatal


def test_a_policy_and_a_host_that_keeps_no_rules() -> None:
    [problem] = of_input(name="iptables-legacy")
    assert problem.where == "iptables-legacy table filter, chain INPUT"
    assert problem.what == "drops visitors to tcp 80: by its policy drop"
    assert problem.remedy == (
        "iptables-legacy -I INPUT -p tcp -m multiport --dports 80 -j ACCEPT; and let whatever loads these"
        " rules at boot load the same"
    )


def test_a_chain_of_nft() -> None:
    rows = "filter_file\t/etc/nftables.conf\n"
    [problem] = found(nft({"hook": "forward"}, [{"drop": None}]), "nft", rows)
    assert problem.where == "nft table inet x, chain c"
    assert problem.what.endswith("by the rule `drop (handle 7)`")
    assert problem.remedy == (
        "nft 'insert rule inet x c ip saddr 10.42.0.0/16 accept' && nft 'insert rule inet x c ip daddr"
        " 10.42.0.0/16 accept'; and write the same above the line that drops them in /etc/nftables.conf, if"
        " that is what is loaded at boot"
    )


ENOUGH = {
    "an open port": WEB,
    "several ports": "-A INPUT -p tcp -m multiport --dports 22,80:90 -j ACCEPT",
    "a rate": "-A INPUT -p tcp -m tcp --dport 80 -m limit --limit 9/sec -j ACCEPT",
    "too many from one": f"-A INPUT -m connlimit --connlimit-above 50 --connlimit-mask 32 -j DROP\n{WEB}",
    "hashlimit": f"-A INPUT -m hashlimit --hashlimit-above 9/sec --hashlimit-name a -j DROP\n{WEB}",
    "recent": "-A INPUT -m recent --set --name a --mask 255.255.255.255 --rsource\n"
    f"-A INPUT -m recent --update --seconds 9 --hitcount 9 --name a --rsource -j DROP\n{WEB}",
    "a list of bad addresses": f"-A INPUT -s 198.51.100.0/24 -j DROP\n{WEB}",
    "scans": f"-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j DROP\n{WEB}",
    "scans of another kind": f"-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN FIN,SYN -j DROP\n{WEB}",
    "new without SYN": "-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW"
    f" -j DROP\n{WEB}",
    "other interfaces": f"-A INPUT ! -i eth+ -j DROP\n{WEB}",
    "a chain": f":mine - [0:0]\n-A mine -p udp -j RETURN\n-A mine -j ACCEPT\n-A INPUT -g mine\n{WEB}",
    "a comment": '-A INPUT -p tcp -m comment --comment "for -j DROP people" -m tcp --dport 80 -j ACCEPT',
    "a log": f"-A INPUT -j LOG --log-prefix x\n{WEB}",
    "a mark": f"-A INPUT -m mark --mark 0x1/0x1 -j DROP\n{WEB}",
    "fail2ban": f":f2b-sshd - [0:0]\n-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd\n"
    f"-A f2b-sshd -s 198.51.100.9/32 -j REJECT\n-A f2b-sshd -j RETURN\n{WEB}",
    "kube-proxy's": f":KUBE-FIREWALL - [0:0]\n-A KUBE-FIREWALL -j DROP\n-A INPUT -j KUBE-FIREWALL\n{WEB}",
}


@pytest.mark.parametrize("name", ENOUGH)
def test_rules_that_let_visitors_in(name: str) -> None:
    assert of_input(ENOUGH[name]) == []


NOT_ENOUGH = {
    "another port": "-A INPUT -p tcp -m tcp --dport 8080 -j ACCEPT",
    "another protocol": "-A INPUT -p udp -m udp --dport 80 -j ACCEPT",
    "another card": "-A INPUT -i wg0 -p tcp -m tcp --dport 80 -j ACCEPT",
    "after the drop": f"-A INPUT -j DROP\n{WEB}",
    "a loop": ":a - [0:0]\n:b - [0:0]\n-A a -j b\n-A b -j a\n-A INPUT -j a",
}


@pytest.mark.parametrize("name", NOT_ENOUGH)
def test_rules_that_do_not(name: str) -> None:
    [problem] = of_input(NOT_ENOUGH[name])
    assert problem.fatal
    assert problem.what.startswith("drops visitors to tcp 80")


@pytest.mark.parametrize(
    "line",
    [
        "-A INPUT -p tcp -m set --match-set campus src -m tcp --dport 80 -j ACCEPT",
        "-A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 80 -j ACCEPT",
        "-A INPUT -p tcp -m nonsense --of-tomorrow 1 -j ACCEPT",
    ],
)
def test_an_accept_that_is_not_understood_is_a_warning(line: str) -> None:
    """It does not count as letting in, and nobody is stopped because of it."""
    [problem] = of_input(line)
    assert (problem.fatal, problem.what) == (False, "may drop visitors to tcp 80: by its policy drop")


def test_a_drop_that_is_not_understood_is_a_warning() -> None:
    problems = found("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i cni0 -m nonsense --of-tomorrow 1 -j DROP\n")
    assert [problem.fatal for problem in problems] == [False]
    assert problems[0].what.startswith("may drop pods to the API server (tcp 6443)")


def test_dockers_and_ufws_policy_of_forward_does_no_harm() -> None:
    docker = (
        "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n:DOCKER-FORWARD - [0:0]\n"
        "-A FORWARD -j DOCKER-USER\n-A FORWARD -j DOCKER-FORWARD\n-A DOCKER-FORWARD -i docker0 -j DROP\n"
    )
    assert found(docker) == []


def test_a_host_that_runs_has_flannels_accepts_in_front() -> None:
    rules = (
        "*filter\n:FORWARD ACCEPT [0:0]\n:FLANNEL-FWD - [0:0]\n:KUBE-ROUTER-FORWARD - [0:0]\n"
        "-A FORWARD -j KUBE-ROUTER-FORWARD\n-A KUBE-ROUTER-FORWARD -s 10.42.0.0/16 -j REJECT\n{}"
        "-A FORWARD -j REJECT\n-A FLANNEL-FWD -s 10.42.0.0/16 -j ACCEPT\n"
        "-A FLANNEL-FWD -d 10.42.0.0/16 -j ACCEPT\n"
    )
    assert found(rules.format("-A FORWARD -j FLANNEL-FWD\n")) == []
    [problem] = found(rules.format(""))
    assert "by the rule `-A FORWARD -j REJECT`" in problem.what


def test_ufw_has_its_own_words() -> None:
    ufw = ":ufw-user-input - [0:0]\n-A INPUT -j ufw-user-input"
    text = DROP_ALL.format(
        f"-A INPUT -i lo -j ACCEPT\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\n{ufw}"
    )
    [problem] = found(text)
    assert problem.remedy == (
        "ufw allow from 10.42.0.0/16 && ufw allow from 10.43.0.0/16 && ufw allow 80/tcp, or: ufw disable"
    )
    reject = "*filter\n:FORWARD DROP [0:0]\n:ufw-reject-forward - [0:0]\n-A FORWARD -j ufw-reject-forward\n"
    [problem] = found(f"{reject}-A ufw-reject-forward -j REJECT\n")
    assert problem.remedy == (
        "ufw route allow from 10.42.0.0/16 && ufw route allow to 10.42.0.0/16, or: ufw disable"
    )


def test_firewalld_has_its_own_words() -> None:
    text = nft({"hook": "input"}, [{"reject": None}]).replace('"x"', '"firewalld"')
    [problem] = found(text, "nft", tls="own-ca")
    assert problem.remedy.startswith("firewall-cmd --permanent --zone=trusted --add-source=10.42.0.0/16")
    assert "--add-service=https" in problem.remedy


def test_firewalld_with_its_backend_for_iptables() -> None:
    text = "*filter\n:INPUT ACCEPT [0:0]\n:INPUT_ZONES - [0:0]\n-A INPUT -j INPUT_ZONES\n-A INPUT -j REJECT\n"
    [problem] = found(text, rows="active\tfirewalld\n")
    assert problem.remedy.startswith("firewall-cmd --permanent")


def test_the_clusters_dns_is_a_pod_too() -> None:
    """A chain that lets pods out, but not to each other: on a bridge the kernel filters that as well."""
    both = [
        {"match": {"op": "==", "left": {"meta": {"key": key}}, "right": "cni0"}}
        for key in ("iifname", "oifname")
    ]
    [problem] = found(nft({"hook": "forward"}, [*both, {"drop": None}]), "nft")
    assert "pods to the cluster's DNS (udp 53)" in problem.what
    assert "iifname cni0 oifname cni0 drop (handle 7)" in problem.what


def test_over_ipv6_it_is_a_warning() -> None:
    rows = "address\t2a01:4f8::1\teth0\t64\n"
    closed = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n"
    [problem] = found(closed, "ip6tables", rows)
    assert (problem.fatal, problem.where) == (False, "ip6tables table filter, chain INPUT")
    assert "visitors to tcp 80 over IPv6" in problem.what
    assert found(closed, "ip6tables") == [], "no address, no visitors"


def test_a_proxy_is_the_way_out() -> None:
    lines = "*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -o lo -j ACCEPT\n-A OUTPUT -d 10.42.0.0/16 -j ACCEPT\n{}"
    only = lines.format("-A OUTPUT -p udp --dport 53 -j ACCEPT\n-A OUTPUT -p tcp --dport 3128 -j ACCEPT")
    assert [problem.fatal for problem in found(only)] == [True]
    assert found(only, proxy={"http": "http://192.0.2.9:3128"}) == []


def test_ingress_of_a_card() -> None:
    chain = {"hook": "ingress", "dev": "eth0", "policy": "drop"}
    assert "visitors to tcp 80" in found(nft(chain).replace('"inet"', '"netdev"'), "nft")[0].what
    other = nft({**chain, "dev": "eth1"}).replace('"inet"', '"netdev"')
    assert found(other, "nft") == []


def test_a_table_of_iptables_is_judged_once() -> None:
    """nft shows the same table, with matches that it cannot print."""
    seen = nft(
        {"hook": "input", "policy": "drop"}, [{"xt": {"type": "match", "name": "x"}}, {"accept": None}]
    )
    seen = seen.replace('"inet"', '"ip"').replace('"x"', '"filter"')
    text = f"##binder text nft\n{seen}\n##binder text iptables\n{DROP_ALL.format(LETS_IN + WEB)}"
    facts = preflight_facts.parse(ROWS + text, 0)
    assert [table.tool for table in read.tables(facts)] == ["iptables"]
    assert list(packet_filters.filters(facts, Host.model_validate({"address": "a.b"}))) == []


def test_rules_decide_where_they_are_known() -> None:
    """ufw is active, but what the kernel has lets everything in: no problem; and the other way round."""
    assert [problem.where for problem in judged("ufw\tStatus: active\n")] == ["ufw"]
    text = f"ufw\tStatus: active\n##binder text iptables\n{DROP_ALL.format(LETS_IN + WEB)}"
    assert judged(text) == []
    assert [p.where for p in judged(f"##binder text iptables\n{DROP_ALL.format(LETS_IN)}")] == [
        "iptables table filter, chain INPUT"
    ]


_WORDS = [
    "match",
    "left",
    "right",
    "op",
    "payload",
    "meta",
    "ct",
    "key",
    "vmap",
    "data",
    "set",
    "prefix",
    "addr",
]
_WORDS += ["len", "range", "concat", "&", "xt", "limit", "jump", "target", "fib", "flags", "elem", "val", "|"]


def nonsense(chance: random.Random, depth: int = 4) -> Any:
    """JSON of the words that the reader looks for, in places where they do not belong."""
    kind = chance.randrange(7 if depth else 4)
    if kind >= 5:
        return {chance.choice(_WORDS): nonsense(chance, depth - 1) for _ in range(chance.randrange(3))}
    if kind == 4:
        return [nonsense(chance, depth - 1) for _ in range(chance.randrange(4))]
    return chance.choice([None, True, 0, -1, 2**70, "@x", "ip", "10.0.0.0", "saddr", "state", "", *_WORDS])


def test_no_answer_of_nft_is_a_traceback() -> None:
    chance = random.Random(12)
    base = {"family": "inet", "table": "x", "chain": "c"}
    for _ in range(2000):
        odd = [nonsense(chance) for _ in range(4)]
        objects = [
            {"chain": {**base, "name": "c", "hook": "input", "prio": odd[0], "policy": odd[1]}},
            {"set": {**base, "name": "x", "elem": odd[0]}},
            {"rule": {**base, "expr": [{"match": odd[2]}, {"vmap": odd[3]}, {"drop": None}]}},
            {
                "rule": {
                    **base,
                    "expr": [{"match": {"op": "==", "left": odd[0], "right": odd[1]}}, {"drop": odd}],
                }
            },
            {"rule": {**base, "expr": odd[2]}},
            nonsense(chance),
        ]
        found(f"{json.dumps({'nftables': objects})}\n{json.dumps(odd[0])}\nnonsense", "nft")


def test_no_answer_of_iptables_is_a_traceback() -> None:
    chance = random.Random(12)
    words = ["-A", "INPUT", "!", "-s", "-d", "-p", "tcp", "-m", "limit", "--dport", "--tcp-flags", "-j", "-g"]
    words += [
        "DROP",
        "1:",
        ":",
        "/",
        ",",
        "10.0.0.0/x",
        "recent",
        "--src-range",
        "1-2",
        "--mark",
        "--ctstate",
    ]
    words += ['"', "'", "*", "[1:2]", "--dports", "10.0.0.0/8", "--icmp-type", "--syn"]
    for _ in range(2000):
        lines = [" ".join(chance.choices(words, k=chance.randrange(9))) for _ in range(4)]
        found("*filter\n:INPUT DROP [0:0]\n" + "\n".join(["-A INPUT " + line for line in lines] + lines))
