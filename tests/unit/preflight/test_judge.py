"""The preflight's rules: one test per message; nothing but facts goes in."""

import os
import subprocess
from pathlib import Path

import pytest

from binder_singlenode import config
from binder_singlenode.errors import PreflightError
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight import judge
from binder_singlenode.preflight import script as preflight_script
from binder_singlenode.preflight.judge import Problem
from binder_singlenode.preflight.queries import disks as disk_queries
from binder_singlenode.releases.versions import Artifact, Release, default_settings

HOST = config.loads("apiVersion: binder/v1\naddress: 192.0.2.1\n", "host.yaml")
NOW = 1_800_000_000.0
GOOD = """os	debian
os_version	12
os_name	Debian GNU/Linux 12 (bookworm)
machine	x86_64
kernel	6.1.0-28-amd64
cgroup	cgroup2fs
container	none
systemd	yes
memory_kb	16384000
cpus	4
time	1800000001
ntp	yes
synchronized	yes
default_route	eth0
disk	/var/lib	/	200000000000	150000000000
disk	/var/log	/	200000000000	150000000000
disk	/usr/local/bin	/	200000000000	150000000000
disk	/etc	/	200000000000	150000000000
reached	github.com
"""


def judged(change: str = "", old: str = "", new: str = "", *, offline: bool = False) -> list[Problem]:
    """The problems of a good host with a change."""
    assert old in GOOD
    text = (GOOD.replace(old, new) if old else GOOD) + change
    return judge.judge(preflight_facts.parse(text, NOW), HOST, offline=offline)


def test_a_good_host_has_none() -> None:
    assert judged() == []


OURS = "ours\tk3s\nport\t80\tcaddy\t7\tbinder-entry.service\nport\t6443\tk3s-server\t8\tk3s.service\n"


def test_a_host_that_is_ours_already_has_none() -> None:
    assert judged(OURS + "node\tbinder\t10.42.0.0/22\nservice\tkubernetes\t10.43.0.1\n") == []


WRONG = {
    "another system": (
        {"old": "debian\n", "new": "fedora\n"},
        "operating system: the system is Debian GNU/Linux 12 (bookworm)",
    ),
    "an old version": ({"old": "os_version\t12", "new": "os_version\t11"}, "operating system: the system is"),
    "another processor": ({"old": "x86_64", "new": "riscv64"}, "processor: the processor is riscv64"),
    "a container": (
        {"old": "container\tnone", "new": "container\tlxc"},
        "operating system: this is a container (lxc), not a machine",
    ),
    "no systemd": ({"old": "systemd\tyes\n", "new": ""}, "operating system: systemd does not run"),
    "cgroup v1": ({"old": "cgroup2fs", "new": "tmpfs"}, "kernel: control groups are version 1"),
    "no module": ({"change": "no_module\tbr_netfilter\n"}, "kernel: module br_netfilter is not there"),
    "too small": ({"old": "16384000", "new": "2000000"}, "size: the machine is too small"),
    "a full disk": (
        {
            "old": "/var/lib\t/\t200000000000\t150000000000",
            "new": "/var/lib\t/\t200000000000\t1000",
        },
        "/var/lib (on /): 1000 B free",
    ),
    "read-only": ({"change": "read_only\t/etc\n"}, "/etc: cannot be written to"),
    "a taken port": (
        {"change": "port\t80\tnginx\t12\tnginx.service\n"},
        "port 80: taken by nginx (nginx.service)",
    ),
    "a taken port without a unit": (
        {"change": "port\t443\tpython3\t77\t\n"},
        "port 443: taken by python3 (pid 77)",
    ),
    "a clock ahead": ({"old": "1800000001", "new": "1800000100"}, "clock: 100 s ahead of this computer's"),
    "a clock behind": ({"old": "1800000001", "new": "1799990000"}, "clock: 10000 s behind this computer's"),
    "nothing keeps the clock": (
        {"old": "ntp\tyes\nsynchronized\tyes", "new": "ntp\tno\nsynchronized\tno"},
        "clock: no time synchronisation (NTP) is running",
    ),
    "no time server answers": (
        {"old": "synchronized\tyes", "new": "synchronized\tno"},
        "clock: no time server has answered yet",
    ),
    "no default route": (
        {"old": "default_route\teth0", "new": "default_route\t"},
        "network: there is no default route over IPv4",
    ),
    "an operator with a pod's address": (
        {"change": "comes_from\t10.42.7.7\n"},
        "network.pod_cidr: the ssh connection from 10.42.7.7 overlaps 10.42.0.0/16",
    ),
    "an operator with a service's address": (
        {"change": "comes_from\t10.43.7.7\n"},
        "network.service_cidr: the ssh connection from 10.43.7.7 overlaps 10.43.0.0/16",
    ),
    "no tunnel": (
        {"change": "tunnel\tforbidden\n"},
        "ssh server: root may not forward to 127.0.0.1:6443, the Kubernetes API",
    ),
    "somebody else's k3s": (
        {"change": "kubernetes\tk3s\n"},
        "Kubernetes: k3s is installed, and not by this program",
    ),
    "microk8s": (
        {"change": "kubernetes\tsnap.microk8s.daemon-kubelite\n"},
        "Kubernetes: snap.microk8s.daemon-kubelite is installed",
    ),
    "docker": ({"change": "active\tdocker\n"}, "docker: runs next to Kubernetes"),
    "docker as a snap": ({"change": "snap_docker\tyes\n"}, "docker: docker is there as a snap"),
    "ufw": ({"change": "ufw\tStatus: active\n"}, "ufw: is active and drops the pods' traffic"),
    "firewalld": (
        {"change": "active\tfirewalld\nfirewalld_trusted\t10.42.0.0/16\n"},
        "firewalld: is active and drops the pods' traffic",
    ),
    "one name does not answer": (
        {"change": "not_reached\tquay.io\n"},
        "internet: no answer from quay.io on port 443",
    ),
    "a node of another name": (
        {"change": OURS + "node\tlab-1\t10.42.0.0/22\n"},
        "node: the node is called lab-1, not binder, and a node keeps its name",
    ),
    "another pod network": (
        {"change": OURS + "node\tbinder\t10.44.0.0/22\n"},
        "network.pod_cidr: node binder has 10.44.0.0/22, which is not in 10.42.0.0/16",
    ),
    "another service network": (
        {"change": OURS + "service\tkubernetes\t10.45.0.1\n"},
        "network.service_cidr: the service kubernetes has 10.45.0.1, which is not in 10.43.0.0/16",
    ),
    "a node that is too small": (
        {"change": OURS + "node\tbinder\t10.42.0.0/26\n"},
        "node: node binder has the pod network 10.42.0.0/26",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_thing_wrong_is_one_problem_with_a_remedy(name: str) -> None:
    change, expected = WRONG[name]
    [problem] = judged(**change)  # type: ignore[arg-type]
    assert f"{problem.where}: {problem.what}".startswith(expected)
    assert problem.remedy


def test_no_way_out_at_all_is_said_so() -> None:
    lines = "".join(f"not_reached\t{name}\n" for name in preflight_script.OUTBOUND)
    [problem] = judged(lines)
    assert problem.what == "no name on the internet answers on port 443"
    assert "--bundle" in problem.remedy


def test_with_a_bundle_only_packages_are_worth_a_word() -> None:
    assert judged("not_reached\tgithub.com\n", offline=True) == []
    [problem] = judged("missing\tconntrack\nmissing\tnftables\n", offline=True)
    assert not problem.fatal
    assert "conntrack nftables" in problem.remedy


@pytest.mark.parametrize(
    "fine",
    [
        "ufw\tStatus: inactive\n",
        "ufw\tStatus: active\nufw\tAnywhere ALLOW 10.42.0.0/16\nufw\tAnywhere ALLOW 10.43.0.0/16\n",
        "active\tfirewalld\nfirewalld_trusted\t10.42.0.0/16 10.43.0.0/16\n",
        "missing\tconntrack\n",
        "active\tnftables\n",
        "comes_from\t10.44.0.1\n",
        "comes_from\tfe80::1\n",
    ],
)
def test_what_is_in_order(fine: str) -> None:
    assert judged(fine) == []


def test_k3s_port_held_by_a_k3s_that_is_not_ours() -> None:
    problems = judged("kubernetes\tk3s\nport\t6443\tk3s-server\t8\tk3s.service\n")
    assert [problem.where for problem in problems] == ["port 6443", "Kubernetes"]


def test_a_host_of_ours_needs_less_room() -> None:
    tight = ("/var/lib\t/\t200000000000\t150000000000", "/var/lib\t/\t200000000000\t4000000000")
    assert judged(old=tight[0], new=tight[1])
    assert judged("ours\tk3s\n", old=tight[0], new=tight[1]) == []


def test_all_problems_at_once() -> None:
    found = judged(
        "port\t80\tnginx\t1\tnginx.service\nkubernetes\tk3s\nactive\tdocker\n", "x86_64", "riscv64"
    )
    assert [problem.where for problem in found] == ["processor", "port 80", "Kubernetes", "docker"]
    with pytest.raises(PreflightError) as caught:
        judge.raise_if_fatal(found, HOST)
    text = str(caught.value)
    assert text.startswith("192.0.2.1: 3 problems found; nothing was changed")
    assert "do: systemctl disable --now nginx.service" in text
    assert "docker" not in text  # a warning stops nobody


def test_warnings_stop_nobody() -> None:
    judge.raise_if_fatal(judged("active\tdocker\n"), HOST)


def test_the_machine_is_read() -> None:
    machine = judge.machine(preflight_facts.parse(GOOD, NOW))
    assert (machine.memory_bytes, machine.cpus, machine.disk_bytes) == (16384000 * 1024, 4, 200000000000)


@pytest.mark.parametrize(
    ("installed", "refused"), [("v1.36.4+k3s1", True), ("v1.36.3+k3s1", False), ("", False)]
)
def test_kubernetes_does_not_go_back(installed: str, refused: bool) -> None:
    one = Artifact("k3s", "v1.36.3+k3s1", "0" * 64, path=Path("k3s"))
    release = Release("amd64", one, one, one, one, (), default_settings())
    facts = preflight_facts.parse(GOOD + f"k3s_version\t{installed}\n", NOW)
    found = judge.judge(facts, HOST, offline=True, release=release)
    assert [problem.what for problem in found] == (
        ["v1.36.4+k3s1 is installed, and v1.36.3+k3s1 is older: Kubernetes does not go back"]
        if refused
        else []
    )
    assert all(problem.fatal and "down, then up" in problem.remedy for problem in found)


def test_an_empty_answer_is_many_problems_and_no_traceback() -> None:
    problems = judge.judge(preflight_facts.parse("", NOW), HOST, offline=True)
    assert {"operating system", "processor", "kernel", "size", "clock"} <= {p.where for p in problems}


def test_a_vm_of_this_computer_runs_on_the_clock_it_is_compared_with() -> None:
    here = config.loads("apiVersion: binder/v1\naddress: 127.0.0.1\nssh: {port: 2222}\n", "host.yaml")
    unanswered = GOOD.replace("synchronized\tyes", "synchronized\tno")
    assert judge.judge(preflight_facts.parse(unanswered, NOW), here, offline=True) == []
    stopped = unanswered.replace("ntp\tyes", "ntp\tno")
    [problem] = judge.judge(preflight_facts.parse(stopped, NOW), here, offline=True)
    assert problem.what == "no time synchronisation (NTP) is running"


@pytest.mark.parametrize(
    ("routes", "found"),
    [
        ("ens3\t000A0A0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n", ""),
        ("ens3\t00000000\t010A0A0A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", "ens3"),
        ("tun0\t00000000\t010A0A0A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n", ""),
    ],
    ids=["a network only", "a default route", "half of the internet"],
)
def test_the_default_route_is_read_from_the_kernel(tmp_path: Path, routes: str, found: str) -> None:
    (tmp_path / "route").write_text(
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n" + routes
    )
    script = preflight_script.script([]).replace("/proc/net/route", str(tmp_path / "route"))
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert preflight_facts.parse(done.stdout, NOW).one("default_route") == found


def test_the_script_runs_here_and_tells_the_basics() -> None:
    done = subprocess.run(
        ["sh", "-c", preflight_script.script(["curl"])],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    facts = preflight_facts.parse(done.stdout, NOW)
    assert facts.number("memory_kb") > 100_000
    assert facts.number("cpus") >= 1
    assert {disk.path for disk in facts.disks} == set(disk_queries.PATHS)
    assert all(disk.size_bytes > 0 for disk in facts.disks)


@pytest.mark.parametrize(
    ("connection", "found"), [("10.42.7.7 1 192.0.2.1 22", "10.42.7.7"), ("fe80::1%eth0 1", "fe80::1")]
)
def test_whose_connection_it_is_is_known_behind_sudo(connection: str, found: str) -> None:
    """sudo's environment has nothing of it, its parent's has."""
    as_by_sudo = ["sh", "-c", 'env -u SSH_CONNECTION sh -c "$1"; exit', "sh", preflight_script.script([])]
    environment = {**os.environ, "SSH_CONNECTION": connection}
    done = subprocess.run(as_by_sudo, capture_output=True, text=True, timeout=60, check=True, env=environment)
    assert preflight_facts.parse(done.stdout, NOW).one("comes_from") == found
