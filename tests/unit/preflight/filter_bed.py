"""Facts with the text of a packet filter, and the problems that are found in it."""

import json
from typing import Any

from binder_singlenode.config import Host
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.rules.networks import packet_filters

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
