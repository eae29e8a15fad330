"""What is for pods and Services does not leave the host: the rules in a kernel, and a stranger outside."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.deploy.facts import firewall_loaded
from binder_singlenode.deploy.steps import firewall
from binder_singlenode.layout import paths

from . import network_bed
from .entry_bed import ask
from .network_bed import (
    API,
    HOST,
    HUB,
    NEIGHBOUR,
    NO_POD,
    NODE_PORT,
    POD,
    SERVICE,
    UNRULED,
    Neighbourhood,
    answers,
    dial,
    throw,
    who,
)

AT_ONCE_S = 1.0
GONE_S = 2.8


@pytest.fixture
def bed() -> Iterator[Neighbourhood]:
    """A host whose neighbour answers for every address."""
    network_bed.needs("ip", "nft", "bridge")
    made = Neighbourhood()
    yield made
    made.close()


@pytest.fixture
def guard(bed: Neighbourhood, make: Any, tmp_path: Path) -> Callable[..., str]:
    """Load the rules of a host file; they are given back."""

    def load(more: str = "") -> str:
        files = firewall.files(make(tmp_path, f"address: {HOST}\n{more}"))
        (rules,) = [file.content for file in files if file.path == paths.FIREWALL_RULES]
        bed.host.run("nft -f -", rules)
        return str(rules)

    return load


def test_whether_the_kernel_has_it_as_wanted(
    bed: Neighbourhood, guard: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "firewall.nft"
    script = firewall_loaded.script().replace(paths.FIREWALL_RULES, str(file))
    table = f"inet {paths.FIREWALL_TABLE}"

    def loaded() -> bool:
        return bed.host.run(f"if {script}; then echo yes; fi") == "yes\n"

    assert not loaded(), "no file"
    file.write_text(guard())
    assert loaded()
    throw(bed.host, SERVICE)
    assert loaded(), "that rules were used is no difference"
    bed.host.run(f"nft flush chain {table} output")
    assert not loaded(), "a chain was emptied"
    bed.host.run(f"nft delete table {table}")
    assert not loaded(), "all rules were flushed"


def refused(bed: Neighbourhood, *addresses: str) -> None:
    """The host's programs are told at once."""
    for address in addresses:
        began = time.monotonic()
        with pytest.raises(ConnectionRefusedError):
            dial(bed.host, address)
        assert time.monotonic() - began < AT_ONCE_S
        throw(bed.host, address)


def test_the_neighbour_answers_where_nothing_stops_it(bed: Neighbourhood) -> None:
    """The bed itself: what the guard is for happens without it."""
    assert answers(bed.host, SERVICE) == "neighbour" == answers(bed.host, NO_POD)
    before = bed.left()
    throw(bed.host, SERVICE)
    assert bed.left() == before + 2


@pytest.mark.parametrize("lines", ["", "network: {firewall: false}\n"], ids=["closed", "not closed"])
def test_before_kubernetes_has_rules_nothing_leaves(
    bed: Neighbourhood, guard: Callable[..., str], lines: str
) -> None:
    guard(lines)
    refused(bed, SERVICE, UNRULED, POD, NO_POD)
    assert bed.left() == 0


def test_rules_for_pods_that_are_gone(bed: Neighbourhood, guard: Callable[..., str]) -> None:
    """kube-proxy knows yesterday's pods before their bridge is there."""
    guard()
    bed.kube_proxy()
    refused(bed, SERVICE)
    assert bed.left() == 0


def test_rules_for_pods_that_are_gone_and_no_gateway(bed: Neighbourhood, guard: Callable[..., str]) -> None:
    """Where every address is a neighbour's, the next hop says nothing: dropped, and a program waits."""
    bed.host.run("ip route replace default dev eth0")
    assert answers(bed.host, POD) == "neighbour", "it answers for pods as well"
    guard()
    bed.kube_proxy()
    before = bed.left()
    with bed.host.socket() as connection:
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.connect((SERVICE, 80))
    assert bed.left() == before


def test_a_connection_with_a_stranger_ends(bed: Neighbourhood, guard: Callable[..., str]) -> None:
    """One that was there before the rules is reset by its next packet."""
    connection = dial(bed.host, SERVICE)
    assert who(connection) == "neighbour"
    before = bed.left()
    guard()
    with pytest.raises(ConnectionResetError):
        who(connection)
    connection.close()
    assert bed.left() == before


def test_what_is_the_clusters_passes(bed: Neighbourhood, guard: Callable[..., str]) -> None:
    """Services from the host and from pods, the API behind its Service, hairpins, NodePorts, the way out."""
    guard()
    bed.kube_proxy()
    bed.pods()
    assert {answers(bed.host, address) for address in (SERVICE, HUB)} == {"pod"}
    assert answers(bed.host, POD, 8080) == "pod"
    assert answers(bed.host, API, 443) == "api"
    assert {answers(pod, SERVICE) for pod in (bed.pod, bed.another_pod)} == {"pod"}
    assert answers(bed.another_pod, POD, 8080) == "pod"
    assert answers(bed.pod, API, 443) == "api"
    assert answers(bed.pod, NEIGHBOUR) == "neighbour", "masqueraded"
    assert answers(bed.neighbour, HOST, NODE_PORT) == "pod"
    assert bed.left() == 0


def test_a_pod_gets_no_further(bed: Neighbourhood, guard: Callable[..., str]) -> None:
    """To a Service without rules, or a pod that nobody is; and the host still not."""
    guard()
    bed.kube_proxy()
    bed.pods()
    for address in (UNRULED, NO_POD):
        with pytest.raises(ConnectionRefusedError):
            dial(bed.pod, address)
        throw(bed.pod, address)
    refused(bed, UNRULED, NO_POD)
    assert bed.left() == 0


def test_when_the_bridge_goes_nothing_leaves(bed: Neighbourhood, guard: Callable[..., str]) -> None:
    guard()
    bed.kube_proxy()
    bed.pods()
    connection = dial(bed.host, SERVICE)
    assert who(connection) == "pod"
    bed.host.run("ip link del cni0")
    with pytest.raises(ConnectionResetError):
        who(connection)
    connection.close()
    assert bed.left() == 0


def test_the_entry_leaves_a_stranger(bed: Neighbourhood, guard: Callable[..., str], started: Any) -> None:
    """Caddy that talks to one gets the pod's answer with the next request, and the sentence before that."""
    with bed.host.entered():
        port, _ = started("", hub_upstream=f"{HUB}:80", binder_upstream=f"{SERVICE}:80")
        url = f"http://127.0.0.1:{port}"
        assert b'"neighbour"' in ask(f"{url}/x")[2]
        before = bed.left()
        guard()
        for path in ("/x", "/jupyter/user/y/lab", "/health"):
            began = time.monotonic()
            status, _, body = ask(f"{url}{path}")
            assert (status, b"does not answer" in body) == (502, True)
            assert time.monotonic() - began < AT_ONCE_S
        bed.kube_proxy()
        bed.pods()
        assert b'"pod"' in ask(f"{url}/x")[2]
        assert b'"pod"' in ask(f"{url}/x", data=b"a body")[2]
    assert bed.left() == before


def test_the_visitor_of_a_pod_that_is_gone_does_not_wait(
    bed: Neighbourhood, guard: Callable[..., str], started: Any
) -> None:
    """Its bridge is there, so nothing refuses; the kernel itself gives up after three seconds."""
    guard()
    bed.kube_proxy()
    bed.pods()
    bed.host.run("ip link del veth1")
    with bed.host.entered():
        port, _ = started("", hub_upstream=f"{HUB}:80", binder_upstream=f"{SERVICE}:80")
        began = time.monotonic()
        assert ask(f"http://127.0.0.1:{port}/x")[0] == 502
        assert time.monotonic() - began < GONE_S
