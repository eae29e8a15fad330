"""From a bare VM to a running session and back, on a real VM. The order is the story."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .conftest import LAUNCH_TIMEOUT_S, UP_TIMEOUT_S, Origin, Tool, later

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 600)]

GIB = 1024**3


@pytest.fixture(scope="module")
def provisioned(tool: Tool, vm: dict[str, Any], origin: Origin) -> dict[str, Any]:
    """`up` on the bare VM, killed once on its way and run again."""
    if "BINDER_E2E_HOME" not in os.environ:  # a VM that is kept was provisioned before
        _killed_up(tool, origin)
    result: dict[str, Any] = tool.json("up", "e2e", "--yes", *origin.up_options, timeout_s=UP_TIMEOUT_S)
    return result


def _killed_up(tool: Tool, origin: Origin) -> None:
    """Start `up`, and kill it without warning once it brings the first large file."""
    words = ["up", "e2e", "--yes", "--verbose", *origin.up_options]
    up = subprocess.Popen(
        [sys.executable, "-m", "binder_singlenode", *words],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=tool.environment,
    )
    assert up.stderr is not None
    for line in up.stderr:
        print(line, end="", file=sys.__stderr__)
        if "staging/k3s" in line:
            break
    up.kill()
    up.wait(timeout=30)


@pytest.fixture(scope="module")
def first_launch(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tool.json("launch", "e2e", origin.repository, timeout_s=LAUNCH_TIMEOUT_S)


def pods(tool: Tool, selector: str) -> list[dict[str, Any]]:
    """The pods with these labels, as Kubernetes tells them."""
    text = tool.ssh(f"k3s kubectl get pods -A -l {selector} -o json")
    found: list[dict[str, Any]] = json.loads(text)["items"]
    return found


def eventually(what: str, holds: Any, limit_s: float = 300) -> None:
    """Wait for a condition; fail with its name."""
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, f"not within {limit_s:.0f} s: {what}"
        time.sleep(2)


def test_up_on_a_bare_vm_changes_it_and_verifies(provisioned: dict[str, Any]) -> None:
    assert provisioned["changed"] > 20
    assert provisioned["verified"] is True


def test_a_repository_becomes_a_session_that_answers(first_launch: dict[str, Any]) -> None:
    answer = httpx.get(first_launch["url"] + "api", params={"token": first_launch["token"]}, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["version"]
    assert first_launch["found_image"] is False
    assert first_launch["timings"]["build_s"] > 0


def test_the_session_has_its_memory(tool: Tool, first_launch: dict[str, Any]) -> None:
    (pod,) = pods(tool, "component=singleuser-server")
    (container,) = pod["spec"]["containers"]
    assert container["resources"]["requests"]["memory"] == str(1 * GIB)
    assert container["resources"]["limits"]["memory"] == str(2 * GIB)
    environment = {each["name"]: each.get("value") for each in container["env"]}
    assert environment["MEM_GUARANTEE"] == str(1 * GIB)
    assert environment["MEM_LIMIT"] == str(2 * GIB)


def test_the_second_launch_builds_nothing(tool: Tool, origin: Origin, first_launch: dict[str, Any]) -> None:
    httpx.post(first_launch["url"] + "api/shutdown", params={"token": first_launch["token"]}, timeout=60)
    eventually("the first session is gone", lambda: not pods(tool, "component=singleuser-server"))
    second = tool.json("launch", "e2e", origin.repository, timeout_s=LAUNCH_TIMEOUT_S)
    assert second["found_image"] is True
    assert second["image"] == first_launch["image"]
    httpx.post(second["url"] + "api/shutdown", params={"token": second["token"]}, timeout=60)


def test_a_second_up_changes_nothing(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    history = "/usr/local/bin/helm history binder -n binder --kubeconfig /etc/rancher/k3s/k3s.yaml -o json"
    before = tool.ssh(history)
    again = tool.json("up", "e2e", "--yes", "--no-verify", *origin.up_options, timeout_s=UP_TIMEOUT_S)
    assert again["changed"] == 0, again["changes"]
    assert json.loads(before) == json.loads(tool.ssh(history))


@later
def test_status_is_well(tool: Tool, provisioned: dict[str, Any]) -> None:
    status = tool.json("status", "e2e")
    assert status["ok"] is True, status
    assert status["certificate_days_left"] > 300


@later
def test_the_cluster_answers_through_the_tunnel(tool: Tool, provisioned: dict[str, Any]) -> None:
    told = tool("kubeconfig", "e2e", "--", "sh", "-c", "cat $KUBECONFIG").stdout
    assert "https://127.0.0.1:" in told
    assert "binder-e2e" in told


@later
def test_the_closed_ports_are_closed(tool: Tool, provisioned: dict[str, Any]) -> None:
    """From another address of the same network the API, the kubelet and the registry do not answer."""
    tool.ssh(
        "ip netns add outside && ip link add veth-out type veth peer name eth0 netns outside"
        " && ip addr add 192.0.2.1/24 dev veth-out && ip link set veth-out up"
        " && ip -n outside addr add 192.0.2.2/24 dev eth0 && ip -n outside link set eth0 up"
    )
    try:
        connect = "ip netns exec outside timeout 5 bash -c '</dev/tcp/192.0.2.1/{}' 2>/dev/null"
        probe = connect + " && echo open || echo closed"
        answers = {port: tool.ssh(probe.format(port)).strip() for port in (22, 80, 6443, 10250, 5000)}
    finally:
        tool.ssh("ip netns del outside; ip link del veth-out 2>/dev/null || true")
    assert answers == {22: "open", 80: "open", 6443: "closed", 10250: "closed", 5000: "closed"}


@later
def test_a_deleted_deployment_is_repaired(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    tool.ssh("k3s kubectl delete deployment binder -n binder --wait")
    repaired = tool.json("up", "e2e", "--yes", "--no-verify", *origin.up_options, timeout_s=UP_TIMEOUT_S)
    assert repaired["changes"] == ["release: Bring the release up to date"]
    tool("verify", "e2e", timeout_s=1200)


@later
def test_all_of_it_is_true_after_a_reboot(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    boot = tool.ssh("cat /proc/sys/kernel/random/boot_id")
    tool("vm", "ssh", "e2e", "--", "systemctl reboot", check=False)

    def rebooted() -> bool:
        told = tool("vm", "ssh", "e2e", "--", "cat /proc/sys/kernel/random/boot_id", check=False)
        return told.returncode == 0 and told.stdout != boot

    eventually("the VM has booted anew", rebooted, 600)

    def verified() -> bool:
        return tool("verify", "e2e", timeout_s=1200, check=False).returncode == 0

    eventually("verify passes", verified, 1200)
    again = tool.json("up", "e2e", "--yes", "--no-verify", *origin.up_options, timeout_s=UP_TIMEOUT_S)
    assert again["changed"] == 0, again["changes"]
    launched = tool.json("launch", "e2e", origin.repository, timeout_s=LAUNCH_TIMEOUT_S)
    assert launched["found_image"] is True


@later
def test_down_leaves_nothing(tool: Tool, provisioned: dict[str, Any]) -> None:
    tool("down", "e2e", "--yes", timeout_s=1200)
    from binder_singlenode.deploy.down_script import removals

    paths = [line.split()[0] for line in removals(False) if line.startswith("/")]
    assert paths
    left = tool.ssh(f"ls -d {' '.join(paths)} 2>/dev/null || true")
    assert left == ""
    assert tool.ssh("pgrep -af 'k3s|containerd|caddy|kube' | grep -v pgrep || true") == ""
    assert tool.ssh("grep -E 'kubelet|k3s|binder' /proc/mounts || true") == ""
    assert "binder" not in tool.ssh("nft list ruleset; ip -o link; systemctl list-unit-files --no-pager")
