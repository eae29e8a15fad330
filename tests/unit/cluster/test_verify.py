"""The checks, run as `verify` runs them: in a child pytest, over an `ssh` that answers from a table."""

import base64
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from binder_singlenode import certificate, hub_account, transcript, verify
from binder_singlenode.config import loads
from binder_singlenode.deploy import paths
from binder_singlenode.errors import VerifyError
from binder_singlenode.sizing import Machine, size
from binder_singlenode.verify import CheckResult, Expectations

GIB = 2**30


def pem(days: float) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "k3s")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(9999), now + timedelta(days)
    )
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def expecting(base_url: str, **more: Any) -> Expectations:
    values: dict[str, Any] = {
        "name": "alpha",
        "units": tuple(unit for unit in paths.UNITS if unit != paths.HOMES_UNIT),
        "address": "127.0.0.1",
        "direct": False,
        "sudo": False,
        "base_url": base_url,
        "hub_url": f"{base_url}/jupyter/",
        "tls": "off",
        "names": ("127.0.0.1",),
        "staging": False,
        "certificate_s": 1.0,
        "sign_in": False,
        "homes": 0,
        "home_bytes": 5 * GIB,
        "namespace": "binder",
        "node_name": "binder",
        "release": "binder",
        "firewall": True,
        "quota": 3,
        "guarantee_bytes": GIB,
        "limit_bytes": 2 * GIB,
        "allocatable_bytes": 7 * GIB,
        "eviction_bytes": 500 * 2**20,
        "max_pods": 110,
        "store": "registry",
        "registry_url": "http://10.43.0.50:5000",
        "docker_socket": "/var/run/dind/docker.sock",
        "idle_timeout_s": 600,
        "cull_every_s": 60,
        "clean_up_s": 1.0,
        "repo": None,
        "ref": None,
        "launch_timeout_s": 20.0,
    }
    return Expectations(**{**values, **more})


NODE = {
    "metadata": {"name": "binder"},
    "spec": {},
    "status": {
        "allocatable": {"memory": f"{7 * 2**20}Ki", "pods": "110"},
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}
KUBELET = {
    "kubeletconfig": {
        "maxPods": 110,
        "evictionHard": {"memory.available": str(500 * 2**20)},
        "imageGCHighThresholdPercent": 78,
    }
}
DEPLOYMENT = {
    "kind": "Deployment",
    "metadata": {"name": "hub", "generation": 1},
    "spec": {"replicas": 1},
    "status": {"readyReplicas": 1, "updatedReplicas": 1, "observedGeneration": 1},
}
POD: dict[str, Any] = {
    "metadata": {
        "name": "jupyter-x",
        "namespace": "binder",
        "annotations": {"hub.jupyter.org/username": "x"},
    },
    "spec": {
        "containers": [
            {
                "image": "i",
                "resources": {"requests": {"memory": str(GIB)}, "limits": {"memory": str(2 * GIB)}},
                "env": [
                    {"name": "MEM_GUARANTEE", "value": str(GIB)},
                    {"name": "MEM_LIMIT", "value": str(2 * GIB)},
                ],
            }
        ]
    },
    "status": {"phase": "Running"},
}
RUNNING = "ActiveState=active\nUnitFileState=enabled\n"
DF = f"Filesystem 1B-blocks Used Available Use% Mounted\n/dev/vda {100 * GIB} 0 {50 * GIB} 50% /\n"
NFT = """table inet binder_singlenode {
	chain input {
		type filter hook input priority -10; policy accept;
		tcp dport { 2379-2380, 5000-5001, 6443-6444, 10248-10259 } drop
		udp dport { 8472, 51820-51821 } drop
	}
}
"""
MODES = (
    "600 root /etc/binder-singlenode/values.yaml\n600 root /etc/rancher/k3s/k3s.yaml\n600 root /node-token\n"
)


USE = "1700000000 images=1 registry=1 build-cache=1 logs=1 state=1\n"
BUDGET = "".join(f"{name}_BYTES=100\n" for name in ("IMAGES", "REGISTRY", "BUILD_CACHE", "LOGS", "STATE"))
JOURNAL = "# ours\n[Journal]\nSystemMaxUse=7\nMaxRetentionSec=30day\n"
LAUNCH = {"provider": "GitHub", "spec": "o/r/HEAD", "ref": "abc", "status": "success", "origin": "hub"}


def log_lines(days: float) -> str:
    """The first lines of all logs, begun so many days ago."""
    at = datetime.now(UTC) - timedelta(days)
    request = json.dumps({"level": "info", "ts": at.timestamp()}, separators=(",", ":"))
    container = f"{at.strftime('%Y-%m-%dT%H:%M:%S')}.123456789+00:00 stdout F hello"
    return (
        f"/var/log/binder-singlenode/access.log {request}\n/var/log/pods/a/b/0.log {container}\n"
        f"journal {at.timestamp()} host kernel: x\n"
    )


LOG_LINES = log_lines(29)


def items(*objects: dict[str, Any]) -> str:
    return json.dumps({"items": list(objects)})


def good_host() -> list[list[Any]]:
    """[pattern, exit code, output, error output]"""
    good = [
        (r"^systemctl show", RUNNING),
        (r"cat \S*sysctl.d", "# ours\nnet.ipv4.ip_forward = 1\nkernel.x = 1 2\n"),
        (r"^sysctl -n", "1\n1\t2\n"),
        (r"cat \S*modules-load.d", "# ours\noverlay\nbr_netfilter\n"),
        (r"cat /proc/modules", "overlay 1 0 - Live\n"),
        (r"cat /lib/modules", "kernel/net/bridge/br_netfilter.ko\n"),
        (r"^nft list", NFT),
        (r"configz", json.dumps(KUBELET)),
        (r"^stat ", MODES),
        (r"^date ", f"{time.time():.0f}\n"),
        (r"^df -PB1", DF),
        (r"^df -Pi", "Filesystem Inodes IUsed IFree IUse% Mounted\n/dev/vda 1000 1 999 1% /\n"),
        (r"^for each in", f"file /tls/a.crt\n{pem(300)}file /tls/b.crt\n{pem(3000)}"),
        (r"ExecMainExitTimestamp", ""),
        (r"^systemctl show -p Result .*binder-clean", "success\n"),
        (r"^journalctl -u binder-clean", "registry: dropped i-a\n"),
        (r"^tail .*disk-use", USE),
        (r"^cat .*disk-budget", BUDGET),
        (r"journald.conf", JOURNAL),
        (r"get nodes -o json", items(NODE)),
        (r"get node binder", json.dumps(NODE)),
        (r"get deployments", items(DEPLOYMENT)),
        (r"get pods -A", items()),
        (r"^curl ", "200"),
        (r"get secrets", "9 superseded\n10 deployed\n"),
        (r"test -[eS] ", ""),
        (r"get pods -n binder -l", items(POD)),
        (r"launches-", ""),
        (r"^for file in", LOG_LINES),
        (r"^for pod in", ""),
        (r"get persistentvolumeclaims", items()),
    ]
    return [[pattern, 0, out, ""] for pattern, out in good]


class Bed:
    """A host to check: its table of answers, its hub, and what was asked."""

    def __init__(self, folder: Path, server: Any) -> None:
        self.folder, self.server = folder, server
        self.table = good_host()
        checks = [{"service": "JupyterHub API", "ok": True}, {"service": "Pod quota", "ok": True, "quota": 3}]
        server.on("/health", body=json.dumps({"ok": True, "checks": checks}))
        server.on("/", body="<title>Binder</title>", kind="text/html")
        server.on("/versions", body=json.dumps({"binderhub": "1.0", "builder": "r2d"}))

    def answers(self, pattern: str, out: str, code: int = 0, err: str = "") -> None:
        self.table.append([pattern, code, out, err])

    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]

    def write_table(self) -> None:
        """Whole at any moment: the checks may be reading it."""
        staged = self.folder / "table.new"
        staged.write_text(json.dumps(self.table))
        staged.replace(self.folder / "table")

    def verify(self, *parts: str, **more: Any) -> verify.Report:
        self.write_table()
        options = {key: more.pop(key) for key in ("sudo_password", "progress", "timeout_s") if key in more}
        return verify.run(
            expecting(self.server.url, **more), self.folder / "ssh_config", parts=parts, **options
        )

    def hub_launches(self, *messages: str, after_ready: Any = None) -> None:
        """The hub answers each launch with the next of these `built` messages."""
        left = list(messages)

        def stream(request: Any) -> None:
            url = self.server.url + "/user/x/"
            built = {"phase": "built", "message": left.pop(0)}
            present = {"phase": "launching", "message": 'Container image "i" already present on machine'}
            ready = {"phase": "ready", "message": "", "url": url, "token": "tok", "image": "i"}
            body = "".join(f"data: {json.dumps(each)}\n\n" for each in (built, present, ready)).encode()
            request.send_response(200)
            request.send_header("Content-Type", "text/event-stream")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        self.server.routes["/build/gh/o/r/HEAD"] = stream
        self.server.on("/user/x/api", body='{"version": "2"}')
        spec = {"spec": {"language": "R"}}
        known = {"default": "ir", "kernelspecs": {"ir": spec}}
        self.server.on("/user/x/api/kernelspecs", body=json.dumps(known))
        self.answers(r"launches-", json.dumps(LAUNCH) + "\n")

        def shutdown(request: Any) -> None:
            self.answers(r"get pods -n binder -l", items())
            self.write_table()
            request.send_response(200)
            request.send_header("Content-Length", "0")
            request.end_headers()

        self.server.routes["/user/x/api/shutdown"] = shutdown


@pytest.fixture
def bed(tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch) -> Bed:
    fake = Path(__file__).with_name("fake_ssh.py")
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {fake} "$@"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_SSH_TABLE", str(tmp_path))
    return Bed(tmp_path, server)


def outcomes(report: verify.Report) -> dict[str, str]:
    return {result.name: result.outcome for result in report.results}


def test_a_good_host_passes_everything_but_what_was_not_asked_for(bed: Bed) -> None:
    report = bed.verify(*verify.PARTS)
    assert [result.message for result in report.failed] == []
    assert report.ok and report.exit_code == 0
    skipped = {result.name for result in report.results if result.outcome == "skipped"}
    assert skipped == {
        "host::closed_from_outside",
        "host::homes",
        "host::service[binder-homes.service]",
        "entry::names",
        "entry::dates",
        "entry::authority",
        "binder::launch",
        "binder::launch_is_archived",
        "binder::session_memory",
        "binder::session_environment",
        "binder::session_reaches_nothing_inside",
        "binder::second_launch_builds_nothing",
        "binder::sessions_end",
        "binder::sessions_leave_nothing",
    }
    assert report.count("passed") == len(report.results) - len(skipped) > 20


def test_the_operators_own_pytest_settings_have_no_say(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--nonesuch")
    monkeypatch.setenv("PYTEST_PLUGINS", "nonesuch")
    assert bed.verify("cluster").ok


def test_only_the_parts_that_are_asked_for_run(bed: Bed) -> None:
    names = outcomes(bed.verify("binder"))
    assert {name.split("::")[0] for name in names} == {"binder"}


def test_each_check_is_shown_when_it_starts_and_when_it_ends(bed: Bed) -> None:
    told: list[CheckResult] = []
    report = bed.verify("cluster", progress=told.append)
    assert [each.outcome for each in told] == ["running", "passed"] * len(report.results)
    assert [each.title for each in told[::2]] == [result.title for result in report.results]
    assert told[0].title == "Node is ready and takes pods"


def test_each_command_is_told(bed: Bed, caplog: pytest.LogCaptureFixture) -> None:
    """The checks run in another process; what they run on the host is said in this one."""
    with caplog.at_level("INFO", transcript.logger.name):
        bed.verify("cluster", sudo=True, sudo_password="hunter2")
    told = [record.getMessage() for record in caplog.records if record.name == transcript.logger.name]
    assert told == [f"$ {each['command']}" for each in bed.asked()]


def test_a_login_that_is_not_root_uses_sudo_and_the_password_is_on_no_command_line(bed: Bed) -> None:
    assert bed.verify("cluster", sudo=True, sudo_password="hunter2").ok
    asked = bed.asked()
    assert all(each["command"].startswith("sudo -k -S -p '' -- sh -c ") for each in asked)
    assert {each["input"] for each in asked} == {"hunter2\n"}
    assert "hunter2" not in json.dumps([[each["command"], each["argv"]] for each in asked])
    bed.verify("cluster", sudo=True)
    assert bed.asked()[-1]["command"].startswith("sudo -n -- ")


Case = tuple[str, str, str, int, str]  # check, pattern, answer, exit code, words of the message
DAYS_LEFT = r"^for each in"
HOST: list[Case] = [
    ("service[k3s.service]", r"^systemctl show .* k3s", "ActiveState=failed\n", 0, "not running but failed"),
    (
        "service[k3s.service]",
        r"^systemctl show .* k3s",
        "ActiveState=active\n",
        0,
        "not start after a reboot",
    ),
    ("kernel_settings", r"^sysctl -n", "0\n1 2\n", 0, "net.ipv4.ip_forward is 0, not 1"),
    ("kernel_settings", r"cat \S*sysctl.d", "", 0, "holds no setting"),
    ("kernel_modules", r"cat /proc/modules", "", 0, "not loaded: overlay"),
    ("firewall_rules", r"^nft list", "", 1, "no table inet binder_singlenode"),
    ("firewall_rules", r"^nft list", NFT.replace("6443-6444, ", ""), 0, "does not close 6443"),
    ("kubelet", r"configz", '{"kubeletconfig": {"maxPods": 50}}', 0, "allows 50 pods, not 110"),
    ("kubelet", r"configz", '{"kubeletconfig": {"maxPods": 110}}', 0, "evicts below no limit"),
    ("secrets", r"^stat ", MODES.replace("600", "644", 1), 0, "values.yaml has mode 644"),
    ("secrets", r"^stat ", MODES.replace("root", "www", 1), 0, "belongs to www"),
    ("clock", r"^date ", "1000000000\n", 0, "clock is"),
    ("certificates", DAYS_LEFT, f"file /tls/a.crt\n{pem(5)}", 0, "/tls/a.crt ends in 5 days"),
    ("certificates", DAYS_LEFT, "", 0, "no certificate"),
    ("secrets", r"^stat ", "stat: cannot statx", 1, "`stat` failed on the host: stat: cannot statx"),
]
EAGER = '{"kubeletconfig": {"imageGCHighThresholdPercent": 85}}'
DISK: list[Case] = [
    ("room[/]", r"^df -PB1 /$", DF.replace(str(50 * GIB), str(5 * GIB)), 0, "5 GiB of 100 GiB are free"),
    ("room[/]", r"^df -Pi /$", "F\n/dev/vda 1000 990 10 99% /\n", 0, "10 of 1000 inodes are left"),
    ("cleaning", r"^systemctl show -p Result", "exit-code\n", 0, "(exit-code), its last words: registry: d"),
    ("shares", r"^tail .*disk-use", USE.replace("registry=1", "registry=900"), 0, "registry takes 900 B"),
    ("shares", r"^tail .*disk-use", "1700000000 images=1\n", 0, "not all shares are counted"),
    ("image_collection", r"configz", EAGER, 0, "from 85 % on"),
    ("journal", r"^systemd-analyze", JOURNAL + "SystemMaxUse=9\n", 0, "wins over SystemMaxUse=7"),
]
CORDONED = {**NODE, "spec": {"unschedulable": True}}
NOT_READY = {
    **NODE,
    "status": {"conditions": [{"type": "Ready", "status": "False", "message": "container runtime is down"}]},
}
READY = {"type": "Ready", "status": "True"}
PRESSED = {**NODE, "status": {"conditions": [READY, {"type": "DiskPressure", "status": "True"}]}}
SMALL = {**NODE, "status": {"allocatable": {"memory": "6Gi", "pods": "110"}}}
LATE = {**DEPLOYMENT, "status": {}}
CRASHING = {
    "metadata": {"name": "hub-1", "namespace": "binder"},
    "status": {"containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]},
}
CLUSTER: list[Case] = [
    ("node", r"get nodes", items(CORDONED), 0, "uncordon binder"),
    ("node", r"get nodes", items(NOT_READY), 0, "container runtime is down"),
    ("node", r"get nodes", items(PRESSED), 0, "reports DiskPressure"),
    ("node", r"get nodes", items(NODE, NODE), 0, "2 nodes"),
    ("allocatable", r"get node binder", json.dumps(SMALL), 0, "6 GiB to pods, 1 GiB less than computed"),
    ("workloads", r"get deployments", items(LATE), 0, "deployment/hub 0 of 1"),
    ("workloads", r"get deployments", items(), 0, "is empty"),
    ("pods", r"get pods -A", items(CRASHING), 0, "stuck: binder/hub-1 (CrashLoopBackOff)"),
    ("image_store", r"^curl ", "000", 7, "builds cannot push"),
    ("release", r"get secrets", "9 deployed\n10 failed\n", 0, "revision 10 of the release is failed"),
    ("release", r"get secrets", "", 0, "there is no Helm release binder"),
    ("docker_socket", r"test -e", "", 1, "is not there"),
    ("docker_socket", r"test -S", "", 1, "is a directory"),
    ("node", r"get nodes", "", 255, "ssh does not reach the host"),
]


LOGS: list[Case] = [
    (
        "old_addresses",
        r"^for file in",
        log_lines(31),
        0,
        "access.log (31.0 days), /var/log/pods/a/b/0.log (31.0",
    ),
    ("upkeep", r"^systemctl show -p Result", "Result=exit-code\n", 0, "ended with exit-code"),
]


def rounds(cases: list[Case]) -> list[list[Case]]:
    """Cases of different checks go together into one run: a run takes a second."""
    found: list[list[Case]] = []
    for case in cases:
        free = next((each for each in found if case[0] not in [other[0] for other in each]), None)
        if free is None:
            found.append([case])
        else:
            free.append(case)
    return found


def wrong(bed: Bed, part: str, cases: list[Case]) -> None:
    """With these answers changed, these checks fail with these words, and no other check does."""
    for _, pattern, out, code, _ in cases:
        bed.answers(pattern, out, code, "Connection refused\n" if code == 255 else "")
    report = bed.verify(part)
    failed = {result.name: result.message for result in report.failed}
    assert set(failed) == {f"{part}::{case[0]}" for case in cases}
    for name, *_, words in cases:
        assert words in failed[f"{part}::{name}"]
    assert report.exit_code == 1


@pytest.mark.parametrize("cases", rounds(HOST), ids=lambda cases: f"{len(cases)} at once")
def test_what_is_wrong_with_the_machine(bed: Bed, cases: list[Case]) -> None:
    wrong(bed, "host", cases)


@pytest.mark.parametrize("cases", rounds(DISK), ids=lambda cases: f"{len(cases)} at once")
def test_what_is_wrong_with_the_disk(bed: Bed, cases: list[Case]) -> None:
    wrong(bed, "disk", cases)


@pytest.mark.parametrize("cases", rounds(CLUSTER), ids=lambda cases: f"{len(cases)} at once")
def test_what_is_wrong_with_the_cluster(bed: Bed, cases: list[Case]) -> None:
    wrong(bed, "cluster", cases)


@pytest.mark.parametrize("cases", rounds(LOGS), ids=lambda cases: f"{len(cases)} at once")
def test_what_is_wrong_with_the_logs(bed: Bed, cases: list[Case]) -> None:
    wrong(bed, "logs", cases)


def test_a_firewall_that_is_not_ours_is_not_checked(bed: Bed) -> None:
    assert outcomes(bed.verify("host", firewall=False))["host::firewall_rules"] == "skipped"


def test_a_unit_that_the_host_file_does_not_want_is_not_checked(bed: Bed) -> None:
    bed.answers(r"^systemctl show", "ActiveState=inactive\n")
    states = outcomes(bed.verify("host", units=("k3s.service",)))
    services = {name: outcome for name, outcome in states.items() if name.startswith("host::service[")}
    assert {name for name, outcome in services.items() if outcome == "failed"} == {
        "host::service[k3s.service]"
    }
    assert set(services.values()) == {"failed", "skipped"}


@pytest.mark.parametrize("firewall", [True, False])
def test_units_that_are_expected_come_from_the_host_file(firewall: bool) -> None:
    host = loads(f"address: b.example.org\nnetwork: {{firewall: {str(firewall).lower()}}}\n", "h.yaml")
    expect = verify.expectations(host, size(Machine(2**34, 4, 2**37), host))
    assert expect.units == paths.wanted_units(host)
    assert (paths.FIREWALL_UNIT in expect.units) is firewall
    assert paths.HOMES_UNIT not in expect.units


def test_the_shared_store_is_the_kubelets(bed: Bed) -> None:
    """No registry is asked; a builder with a store of its own is found out."""
    bed.answers(r"^curl .*http://docker/info", json.dumps({"Driver": "overlayfs"}), 0, "")
    assert outcomes(bed.verify("cluster", store="shared"))["cluster::image_store"] == "passed"
    bed.answers(r"^curl .*http://docker/info", json.dumps({"Driver": "overlay2"}), 0, "")
    (failed,) = bed.verify("cluster", store="shared").failed
    assert failed.name == "cluster::image_store" and "with overlay2, not with overlayfs" in failed.message


def test_two_launches_and_no_session_left(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Found built image, launching...\n")
    report = bed.verify("binder", repo="o/r")
    assert [result.message for result in report.failed] == []
    skipped = [result for result in report.results if result.outcome == "skipped"]
    assert [(each.name, "speak r" in each.message) for each in skipped] == [
        ("binder::session_environment", True),
        ("binder::session_reaches_nothing_inside", True),
    ]
    posts = [each.path for each in bed.server.seen if each.method == "POST"]
    assert posts and set(posts) == {"/user/x/api/shutdown"}


def test_a_second_build_is_found_out_and_its_session_stopped_too(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Built image, launching...\n")
    report = bed.verify("binder", repo="o/r")
    assert [result.name for result in report.failed] == ["binder::second_launch_builds_nothing"]
    assert "built again" in report.failed[0].message


def test_memory_that_is_not_what_was_promised(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Found built image, launching...\n")
    report = bed.verify("binder", repo="o/r", guarantee_bytes=GIB // 2)
    messages = {result.name: result.message for result in report.failed}
    assert messages == {
        "binder::session_memory": "the pod has guarantee and limit 1 GiB and 2 GiB, not 512 MiB and 2 GiB",
    }


def test_an_archive_that_holds_more_than_it_may(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Found built image, launching...\n")
    bed.answers(r"launches-", json.dumps({**LAUNCH, "ip": "192.0.2.9"}) + "\n")
    (only,) = bed.verify("binder", repo="o/r").failed
    assert only.name == "binder::launch_is_archived" and "holds ip:" in only.message


def test_what_a_session_leaves_behind_is_named(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Found built image, launching...\n")
    bed.answers(r"^for pod in", "/var/log/pods/binder_jupyter-x_uid\n")
    (only,) = bed.verify("binder", repo="o/r").failed
    assert only.name == "binder::sessions_leave_nothing" and "binder_jupyter-x_uid" in only.message


def test_a_page_that_sets_a_cookie_or_asks_for_a_login(bed: Bed) -> None:
    bed.server.on("/", body="", Set_Cookie="who=me")
    (only,) = bed.verify("binder").failed
    assert (only.name, only.message) == ("binder::no_login", "/ sets a cookie")
    bed.server.on("/", 302, Location="/hub/login")
    assert "answers 302 to a stranger" in bed.verify("binder").failed[0].message
    assert bed.verify("binder", sign_in=True).ok


def test_a_launch_that_fails_shows_binderhubs_sentence_once(bed: Bed) -> None:
    failed = json.dumps({"phase": "failed", "message": "Could not resolve ref for gh:o/r/HEAD.\n"})
    bed.server.stream("/build/gh/o/r/HEAD", f"data: {failed}\n\n".encode())
    report = bed.verify("binder", repo="o/r")
    (only,) = report.failed
    assert (
        only.name == "binder::launch" and "Could not resolve ref" in only.message and "next: " in only.message
    )


def test_a_hub_that_is_down_or_has_another_quota(bed: Bed) -> None:
    failing = bed.verify("binder", quota=4).failed
    assert [each.message.split(":")[0] for each in failing] == ["BinderHub's quota is 3 sessions, not 4"]
    bed.server.on("/health", 502, "<html>", "text/html")
    assert "502 Bad Gateway" in bed.verify("binder").failed[0].message


def test_checks_that_take_too_long_are_ended(bed: Bed) -> None:
    bed.server.routes["/health"] = lambda request: bed.server.closing.wait(30)
    with pytest.raises(VerifyError, match="did not end within 1 s"):
        bed.verify("binder", timeout_s=1)


def test_checks_that_cannot_run_say_why(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "PARTS", ("nonesuch",))
    with pytest.raises(VerifyError, match="the checks could not be run") as error:
        bed.verify("nonesuch")
    assert "not found" in str(error.value) and "reinstall" in (error.value.hint or "")


def test_ctrl_c_stops_the_sessions_first(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n")
    main = threading.main_thread().ident
    assert main is not None

    def interrupt(request: Any) -> None:
        if not bed.server.closing.is_set() and not stopping.is_set():
            stopping.set()
            signal.pthread_kill(main, signal.SIGINT)
        bed.server.closing.wait(20)

    stopping = threading.Event()
    bed.server.routes["/user/x/api"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        bed.verify("binder", repo="o/r")
    assert [each.path for each in bed.server.seen if each.method == "POST"] == ["/user/x/api/shutdown"]


def test_expectations_survive_json() -> None:
    expect = expecting("http://x", repo="o/r")
    assert Expectations.from_json(expect.to_json()) == expect


@pytest.mark.parametrize("days", [-3, 10, 300, 20000])
def test_days_left_of_a_certificate(days: float) -> None:
    assert certificate.days_left(pem(days)) == pytest.approx(days, abs=0.01)


def test_of_several_certificates_the_first_to_end_counts() -> None:
    assert certificate.days_left(pem(50) + "text" + pem(5)) == pytest.approx(5, abs=0.01)
    assert certificate.days_left("none") is None


def test_what_is_no_certificate() -> None:
    bogus = base64.b64encode(b"not DER").decode()
    with pytest.raises(ValueError, match="without dates"):
        certificate.days_left(f"-----BEGIN CERTIFICATE-----\n{bogus}\n-----END CERTIFICATE-----\n")


def test_homes_that_are_not_mounted_are_counted(bed: Bed) -> None:
    bed.answers("findmnt", "/var/lib/binder-singlenode/homes/001 5242880000\n")
    (problem,) = (each for each in bed.verify("host", homes=2).failed if each.name == "host::homes")
    assert "1 of 2 homes are mounted: run `binder-singlenode up`" in problem.message


def test_where_people_sign_in_the_checks_launch_with_an_account(bed: Bed) -> None:
    user = f"/jupyter/hub/api/users/{hub_account.USER}"
    bed.answers("get secret hub", "service-token")
    bed.server.on(user, status=409)
    bed.server.on(f"{user}/tokens", status=201, body='{"token": "t0k"}')
    bed.server.on(f"{user}/servers/x", status=204)
    bed.answers("get pods -n binder -l", items())
    bed.hub_launches("found", "found")
    report = bed.verify("binder", sign_in=True, repo="o/r")
    assert outcomes(report)["binder::launch"] == "passed"
    launches = [each for each in bed.server.seen if each.path.startswith("/build/")]
    assert {each.headers["authorization"] for each in launches} == {"token t0k"}
    assert any(each.method == "DELETE" for each in bed.server.seen)
