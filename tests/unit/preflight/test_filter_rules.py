"""What single rules of iptables do with our packets; and nonsense, which is never a traceback."""

import json
import random
from typing import Any

import pytest

from .filter_bed import WEB, found, of_input

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
