"""Network policies on the VM, ours and the charts': whom a session and the builder reach, and whom not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from binder_singlenode.binderhub import jupyter_kernel
from binder_singlenode.health.checks import reach
from binder_singlenode.layout import addresses

from .helpers.bed import UP_TIMEOUT_S, Origin, Tool, end, eventually, launch, no_sessions, pods

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 900)]

INSIDE = addresses.addresses("10.43.0.0/16")
REGISTRY = INSIDE.registry_host
METADATA = ":".join(map(str, reach.METADATA))
CONNECT = """\
import socket
try:
    socket.create_connection(PLACE, 5).close()
    print(True)
except OSError:
    print(False)
"""
CHAINS = "iptables-save -t filter | grep -cE '^:KUBE-(ROUTER|NWPLCY|POD-FW)-' || true"
K3S_SETTING = "/etc/rancher/k3s/config.yaml.d/90-e2e.yaml"


@pytest.fixture(scope="module")
def session(
    tool: Tool, fast_cpu: None, provisioned: dict[str, Any], origin: Origin
) -> Iterator[dict[str, Any]]:
    """One that a kernel can be started in."""
    if not origin.repository.startswith("http://gitserver."):
        pytest.skip("needs the test bed's sessions")
    no_sessions(tool)
    running = launch(tool, origin.repository)
    yield running
    end(tool, running)


def connects(session: dict[str, Any], address: str) -> bool:
    """Whether a TCP connection from the session to there is possible; a name is looked up in the session."""
    host, _, port = address.partition(":")
    with jupyter_kernel.opened(session["url"], session["token"]) as cell:
        outcome = cell.run(CONNECT.replace("PLACE", repr((host, int(port)))), 120)
    assert not outcome.error, outcome.error
    return outcome.text.strip() == "True"


def cluster_address(tool: Tool, service: str) -> str:
    """host:port of a Service of ours, without the help of DNS."""
    text = tool.ssh(f"k3s kubectl get service -n binder {service} -o json")
    spec = json.loads(text)["spec"]
    return f"{spec['clusterIP']}:{spec['ports'][0]['port']}"


def node_address(tool: Tool) -> str:
    (node,) = json.loads(tool.ssh("k3s kubectl get nodes -o json"))["items"]
    return next(each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP")


@pytest.fixture(scope="module")
def settled(session: dict[str, Any]) -> dict[str, Any]:
    """The session, once the policies' controller has learnt of it: the hub takes its connections."""
    eventually("the session reaches the hub", lambda: connects(session, "hub:8081"), 120)
    return session


def test_what_a_session_needs_it_reaches(settled: dict[str, Any]) -> None:
    """By their names, so DNS is among it. The chart lets sessions through the proxy as well."""
    assert connects(settled, "hub:8081")
    assert connects(settled, "proxy-public:80")


@pytest.mark.parametrize("service", ["binder-registry", "binder", "gitserver", "proxy-api"])
def test_a_session_reaches_nothing_else_inside(tool: Tool, settled: dict[str, Any], service: str) -> None:
    assert not connects(settled, cluster_address(tool, service))


def test_a_session_reaches_no_port_of_the_node(tool: Tool, settled: dict[str, Any]) -> None:
    node = node_address(tool)
    for port in (22, addresses.KUBELET_PORT, addresses.API_PORT, addresses.ENTRY_PORT):
        assert not connects(settled, f"{node}:{port}"), port
    assert not connects(settled, f"{INSIDE.api}:443")


@pytest.fixture
def metadata(tool: Tool) -> Iterator[str]:
    """A cloud's metadata service, played by the entry: the node has its address, and no packet leaves."""
    address = f"{reach.METADATA[0]}/32"
    tool.ssh(f"ip address add {address} dev lo")
    yield METADATA
    tool.ssh(f"ip address delete {address} dev lo")


def from_builder(tool: Tool, address: str) -> bool:
    """Whether the builder's pod reaches it: so do the RUNs of builds."""
    host, _, port = address.partition(":")
    inside = "k3s kubectl exec -n binder daemonset/binder-dind -c dind --"
    tried = f"{inside} busybox nc -w 10 {host} {port} </dev/null >/dev/null 2>&1"
    return tool.ssh(f"{tried} && echo yes || echo no").strip() == "yes"


def test_metadata_is_for_neither_sessions_nor_builds(
    tool: Tool, settled: dict[str, Any], metadata: str
) -> None:
    assert "HTTP/" in tool.ssh(f"curl -sI http://{metadata}/")
    assert not connects(settled, metadata)
    assert not from_builder(tool, metadata)


def test_the_builder_reaches_the_registry(tool: Tool, settled: dict[str, Any]) -> None:
    """As a launch that builds shows too (test_1_up)."""
    assert from_builder(tool, REGISTRY)


def policy_names(tool: Tool) -> set[str]:
    text = tool.ssh("k3s kubectl get networkpolicies -n binder -o name")
    return {line.rpartition("/")[2] for line in text.splitlines()}


def test_the_charts_policies_and_ours_are_there(tool: Tool, provisioned: dict[str, Any]) -> None:
    assert {"hub", "proxy", "singleuser", "binder-registry", "binder-builds"} <= policy_names(tool)


def restart_k3s(tool: Tool) -> None:
    """And wait until the node is ready again."""
    tool.ssh("systemctl restart k3s", timeout_s=600)
    tool.ssh("k3s kubectl wait --for=condition=Ready nodes --all --timeout=300s", timeout_s=400)


def test_policies_hold_again_after_a_restart_of_k3s(tool: Tool, settled: dict[str, Any]) -> None:
    restart_k3s(tool)
    assert not connects(settled, REGISTRY)
    eventually("the session reaches the hub", lambda: connects(settled, "hub:8081"), 120)


def test_switched_off_they_are_gone_and_switched_on_they_hold_again(
    tool: Tool, settled: dict[str, Any]
) -> None:
    tool.ssh(f"mkdir -p $(dirname {K3S_SETTING}); echo 'disable-network-policy: true' >{K3S_SETTING}")
    try:
        restart_k3s(tool)
        assert connects(settled, REGISTRY)
        assert tool.ssh(CHAINS).strip() == "0"
    finally:
        tool.ssh(f"rm {K3S_SETTING}")
        restart_k3s(tool)
    eventually("the registry is closed", lambda: not connects(settled, REGISTRY), 300)
    assert pods(tool, "component=hub"), "the hub is gone"
