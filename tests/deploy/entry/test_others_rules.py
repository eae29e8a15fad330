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
from binder_singlenode.preflight.rules.networks import packet_filters
from binder_singlenode.preflight.ruleset import flows as all_flows
from binder_singlenode.preflight.ruleset import read

from . import network_bed
from .network_bed import HOST, NEIGHBOUR, Namespace, Neighbourhood
from .others_rules_bed import DEBIAN, NFT, SAVED

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
