"""Whatever a host answers about its resolver and settings, the rules end with sentences, not a traceback."""

import random
import re

from binder_singlenode import config
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight.queries import resolver as resolver_queries
from binder_singlenode.preflight.queries import settings as settings_queries
from binder_singlenode.preflight.rules import settings
from binder_singlenode.preflight.rules.networks import resolver

HOST = config.loads("address: 192.0.2.1\nproxy: {http: 'http://proxy:3128'}\n", "host.yaml")
DOCUMENTED = f"{resolver_queries.__doc__}\n{settings_queries.__doc__}"
KEYS = sorted({*re.findall(r"([a-z_]+)<TAB>", DOCUMENTED), "ours"})
LINES = """
nothing
k3s
invalid
example.org
192.0.2.53
fe80::1%eth0
0
5
-1
=
:
ndots:
ndots:9
ndots:x
cluster
loopback
/
mnt
/etc/sysctl.d/99-x.conf
/etc/sysctl.conf
1:net.ipv4.ip_forward=0
2:net/ipv4/conf/eth0/forwarding = 0
3:net.ipv4.conf.[.forwarding=0
4:=
5:-
6:install
7:install overlay
8:blacklist a-b c
9:A=
SystemMaxUse=1
# /etc/systemd/journald.conf.d/zz.conf
##binder
"""
WORDS = (*LINES.splitlines(), " ", "\u2028", "\x85", "é\\", "\0")


def test_no_traceback_in_ten_thousand_answers() -> None:
    chance = random.Random(1513)
    assert "sysctl_line" in KEYS and "resolver_left" in KEYS
    for _ in range(10_000):
        rows = [
            "\t".join([chance.choice(KEYS), *chance.choices(WORDS, k=chance.randint(0, 4))])
            for _ in range(chance.randint(1, 6))
        ]
        text = ["##binder text journald", *chance.choices(WORDS, k=4)]
        facts = preflight_facts.parse("\n".join([*rows, *text]), 0.0)
        offline = chance.random() < 0.5
        for each in (*resolver.problems(facts, HOST, offline=offline), *settings.problems(facts)):
            assert each.what and each.remedy, rows
