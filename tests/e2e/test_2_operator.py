"""What the operator of a running BinderHub sees, and what a stranger on its network does not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_singlenode.deploy import steps
from binder_singlenode.layout import paths

from .helpers.bed import UP_TIMEOUT_S, Origin, Tool, end, launch, no_sessions, own_copy, refused, up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 600)]


def test_status_is_well(tool: Tool, provisioned: dict[str, Any]) -> None:
    status = tool.json("status", "e2e")
    assert status["ok"] is True, status
    assert status["certificate_days_left"] > 300


def test_the_plan_of_a_host_that_is_as_it_should_be(
    tool: Tool, origin: Origin, provisioned: dict[str, Any]
) -> None:
    plan = tool.json("plan", "e2e", *origin.up_options)
    assert plan["changes"] == 0, plan["operations"]
    assert {each["step"] for each in plan["operations"]} >= {"kernel", "k3s", "registry", "release", "entry"}


def test_a_provisioned_host_is_still_fit(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    problems = tool.json("check", "e2e", *origin.up_options)
    assert [each for each in problems if each["fatal"]] == []


def test_the_arithmetic_of_the_real_machine(tool: Tool, provisioned: dict[str, Any]) -> None:
    assert tool.json("size", "e2e")["sessions"]["quota"] == tool.json("status", "e2e")["quota"] == 2


@pytest.mark.parametrize("what", ["k3s", "entry", "binder", "hub", "builder", "registry", "access", "audit"])
def test_each_component_has_logs(tool: Tool, provisioned: dict[str, Any], what: str) -> None:
    assert tool("logs", "e2e", what, "--lines", "5").stdout.strip()


def test_one_command_over_ssh(tool: Tool, provisioned: dict[str, Any]) -> None:
    assert tool("ssh", "e2e", "--", "hostname").stdout.strip() == "e2e"
    assert tool("ssh", "e2e", "--", "exit 7", check=False).returncode == 7


def test_the_cluster_answers_through_the_tunnel(tool: Tool, provisioned: dict[str, Any]) -> None:
    told = tool("kubeconfig", "e2e", "--", "sh", "-c", "cat $KUBECONFIG").stdout
    assert "https://127.0.0.1:" in told
    assert "binder-e2e" in told


CLOSING = (paths.MAINTENANCE_ANSWER, paths.MAINTENANCE_PAGE)
REGISTRY = ("10.43.0.50", 5000)
"""By its ClusterIP, to which a neighbour can have a route: it takes pushes without a password."""


@pytest.fixture
def probe(tool: Tool, provisioned: dict[str, Any]) -> Iterator[Callable[[str, int], str]]:
    """Whether a port is open, as seen from another computer of the VM's network."""
    tool.ssh(
        "ip netns add outside && ip link add veth-out type veth peer name eth0 netns outside"
        " && ip addr add 192.0.2.1/24 dev veth-out && ip link set veth-out up"
        " && ip -n outside addr add 192.0.2.2/24 dev eth0 && ip -n outside link set eth0 up"
        " && ip -n outside route add 10.43.0.0/16 via 192.0.2.1"
    )

    def asked(address: str, port: int) -> str:
        connect = f"ip netns exec outside timeout 5 bash -c '</dev/tcp/{address}/{port}' 2>/dev/null"
        return tool.ssh(f"{connect} && echo open || echo closed").strip()

    yield asked
    tool.ssh("ip netns del outside; ip link del veth-out 2>/dev/null || true")


def test_the_closed_ports_are_closed(probe: Callable[[str, int], str]) -> None:
    """From another address of the same network the API, the kubelet and the registry do not answer."""
    answers = {port: probe("192.0.2.1", port) for port in (22, 80, 6443, 10250)}
    assert answers == {22: "open", 80: "open", 6443: "closed", 10250: "closed"}
    assert probe(*REGISTRY) == "closed"


def test_it_is_the_firewall_that_closes_them(tool: Tool, probe: Callable[[str, int], str]) -> None:
    tool.ssh(f"nft delete table inet {paths.FIREWALL_TABLE}")
    try:
        assert {probe("192.0.2.1", 6443), probe("192.0.2.1", 10250)} == {"open"}
        assert probe(*REGISTRY) == "closed", "its network policy keeps strangers out as well"
    finally:
        tool.ssh(f"systemctl restart {paths.FIREWALL_UNIT}")
    assert probe(*REGISTRY) == "closed"


@pytest.fixture
def own_host_file(tool: Tool, vm: dict[str, Any], tmp_path: Path) -> Path:
    """The VM's host file in a folder of inventories, to be changed."""
    folder = tmp_path / "inventories"
    folder.mkdir()
    return own_copy(tool, folder)


def test_a_user_with_sudo_can_do_the_same(
    tool: Tool, origin: Origin, provisioned: dict[str, Any], own_host_file: Path
) -> None:
    tool.ssh(
        "id ops 2>/dev/null || useradd --create-home ops"
        " && install -d -o ops -m 700 ~ops/.ssh && install -o ops -m 600 ~/.ssh/authorized_keys ~ops/.ssh/"
        " && echo 'ops ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ops"
    )
    own_host_file.write_text(own_host_file.read_text().replace("user: root", "user: ops"))
    again = tool.json(
        "up", str(own_host_file), "--yes", "--no-verify", *origin.up_options, timeout_s=UP_TIMEOUT_S
    )
    assert again["changed"] == 0, again["changes"]


@pytest.fixture
def open_again(tool: Tool) -> Iterator[None]:
    """Whatever the test finds, the others can launch after it."""
    yield
    tool.ssh(f"rm -f {paths.MAINTENANCE_PAGE}")


@pytest.mark.usefixtures("open_again")
def test_closed_for_maintenance_and_open_again(
    tool: Tool, origin: Origin, vm: dict[str, Any], provisioned: dict[str, Any], own_host_file: Path
) -> None:
    """A session goes on meanwhile, nobody begins one, and no service restarts."""
    begun = f"systemctl show --property ActiveEnterTimestamp {' '.join(steps.units())}"
    page = f"http://127.0.0.1:{vm['http_port']}/"
    no_sessions(tool)
    session = launch(tool, origin.repository)
    before, text = tool.ssh(begun), own_host_file.read_text()
    own_host_file.write_text(f"{text}maintenance: A larger disk. Back at 15:00.\n")
    closed = up(tool, origin, "--no-verify", host=str(own_host_file))
    assert closed["changes"] == [f"maintenance: Write {path}" for path in CLOSING]
    read = httpx.get(page, headers={"Accept": "text/html"}, timeout=60)
    assert (read.status_code, "A larger disk. Back at 15:00." in read.text) == (503, True)
    assert "Closed for maintenance. A larger disk." in refused(tool, origin.repository)
    answer = httpx.get(f"{session['url']}api", params={"token": session["token"]}, timeout=60)
    assert answer.status_code == 200
    own_host_file.write_text(text)
    opened = up(tool, origin, "--no-verify", host=str(own_host_file))
    assert opened["changes"] == [f"entry: Remove {path}" for path in reversed(CLOSING)]
    assert httpx.get(page, timeout=60).status_code == 200
    assert tool.ssh(begun) == before
    end(tool, session)


def test_stock_pyinfra_sees_nothing_to_do(
    tool: Tool, origin: Origin, vm: dict[str, Any], provisioned: dict[str, Any], own_host_file: Path
) -> None:
    """The same deploy/ and inventories/, by the command that pyinfra brings."""
    top = Path(__file__).parents[2]
    shutil.copy(top / "inventories" / "example.py", own_host_file.parent)
    known_hosts = own_host_file.with_name("known_hosts")
    known_hosts.write_text("".join(f"[{vm['address']}]:{vm['ssh_port']} {key}\n" for key in vm["host_keys"]))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pyinfra", str(own_host_file.with_name("example.py"))),
            *(str(top / "deploy" / "site.py"), "--yes", "--data", f"ssh_known_hosts_file={known_hosts}"),
        ],
        env={**os.environ, "BINDER_BUNDLE": origin.up_options[-1] if origin.up_options else ""},
        capture_output=True,
        text=True,
        timeout=UP_TIMEOUT_S,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert said.count("No changes") == said.count("Starting operation:") > 35, said
