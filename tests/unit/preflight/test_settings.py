"""The preflight's rules about settings that another file overrides; the queries run on files in a folder."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from binder_singlenode.layout import paths
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.queries import settings as queries
from binder_singlenode.preflight.rules import settings as rules
from binder_singlenode.preflight.rules import sysctl_order

FOLDERS = re.compile(r"(?<![\w/}])/(etc|run|usr|lib|proc|sys)/")


class System:
    """Files of a system below a folder, and programs that answer."""

    def __init__(self, folder: Path) -> None:
        self.root, self.tools = folder / "root", folder / "bin"
        self.root.mkdir()
        self.tools.mkdir()

    def write(self, path: str, text: str) -> Path:
        where = self.root / path.lstrip("/")
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)
        return where

    def tool(self, name: str, text: str) -> None:
        (self.tools / name).write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\n")
        (self.tools / name).chmod(0o755)

    def problems(self) -> list[Problem]:
        before = 'say() { printf \'%s\\t%s\\n\' "$1" "$2"; }\n'
        parts = [f"echo '##binder {name}'; ({text}\n)" for name, text in queries.fragments().items()]
        script = FOLDERS.sub(rf"{self.root}/\1/", before + "\n".join(parts))
        done = subprocess.run(
            ["sh", "-c", script],
            env={**os.environ, "LC_ALL": "C", "PATH": f"{self.tools}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert not done.stderr, done.stderr
        return list(rules.problems(preflight_facts.parse(done.stdout.replace(str(self.root), ""), 0.0)))

    def said(self) -> list[str]:
        """Where and what, of one problem each."""
        found = self.problems()
        assert all(each.remedy for each in found)
        return [f"{each.where}: {each.what}" for each in found]


@pytest.fixture
def system(tmp_path: Path) -> System:
    made = System(tmp_path)
    made.tool("systemd-analyze", "")
    made.tool("logrotate", "")
    made.write("/proc/sys/user/max_net_namespaces", "1000\n")
    made.write(paths.SYSCTL, "net.ipv4.ip_forward = 1\n")
    return made


HARDENING = "# as in some guides\nnet.ipv4.ip_forward = 0\nfs.inotify.max_user_instances = 512\n"
OVERRIDING = {
    "a later file": "/etc/sysctl.d/99-hardening.conf",
    "of another folder": "/usr/lib/sysctl.d/99-hardening.conf",
    "at run time": "/run/sysctl.d/99-hardening.conf",
    "a name without a number": "/etc/sysctl.d/hardening.conf",
    "the old file": "/etc/sysctl.conf",
}


@pytest.mark.parametrize("name", OVERRIDING)
def test_the_line_that_wins_is_named(name: str, system: System) -> None:
    path = OVERRIDING[name]
    system.write(path, HARDENING)
    assert system.said() == [
        f"{path}:2: net.ipv4.ip_forward = 0, read after {paths.SYSCTL}",
        f"{path}:3: fs.inotify.max_user_instances = 512, read after {paths.SYSCTL}",
    ]
    assert not any(problem.fatal for problem in system.problems())


@pytest.mark.parametrize(
    "line",
    [
        "net/ipv4/ip_forward=0",
        "-net.ipv4.ip_forward = 0",
        " net.ipv4.ip_forward\t=\t0",
        "net.ipv4.conf.all.forwarding=0",
        "net.ipv4.conf.*.forwarding=0",
    ],
)
def test_each_way_to_write_a_line(line: str, system: System) -> None:
    system.write("/etc/sysctl.d/99-x.conf", f"; comment\n{line}\r\n")
    [problem] = system.problems()
    assert problem.where == "/etc/sysctl.d/99-x.conf:2" and "net.ipv4.ip_forward = 0" in problem.what


FINE = {
    "before ours": {"/etc/sysctl.d/50-x.conf": HARDENING, "/usr/lib/sysctl.d/10-x.conf": HARDENING},
    "the same value": {"/etc/sysctl.d/99-x.conf": "net.ipv4.ip_forward=1\nkernel.panic =  10\n"},
    "a pattern": {"/etc/sysctl.d/99-x.conf": "net.ipv4.ip_for* = 0\nnet.ipv4.conf.*.rp_filter = 1\n"},
    "commented out": {"/etc/sysctl.d/99-x.conf": "#net.ipv4.ip_forward=0\n; net.ipv4.ip_forward=0\n"},
    "another name's end": {"/etc/sysctl.d/99-x.conf.dpkg-old": HARDENING},
    "overridden itself": {
        "/etc/sysctl.d/98-x.conf": "net.ipv4.ip_forward = 0\n",
        "/etc/sysctl.d/99-x.conf": "net.ipv4.ip_forward = 1\n",
    },
    "hidden by one of the same name": {
        "/usr/lib/sysctl.d/99-x.conf": HARDENING,
        "/etc/sysctl.d/99-x.conf": "",
    },
    "ufw that is off": {
        "/etc/ufw/sysctl.conf": "net/ipv4/ip_forward=0\n",
        "/etc/ufw/ufw.conf": "ENABLED=no\n",
    },
}


@pytest.mark.parametrize("name", FINE)
def test_what_does_not_win(name: str, system: System) -> None:
    for path, text in FINE[name].items():
        system.write(path, text)
    assert system.said() == []


def test_a_link_to_nothing_hides_a_file(system: System) -> None:
    system.write("/usr/lib/sysctl.d/99-x.conf", HARDENING)
    (system.root / "etc/sysctl.d/99-x.conf").symlink_to("/dev/null")
    assert system.said() == []


def test_the_old_file_by_its_link_is_named_once(system: System) -> None:
    system.write("/etc/sysctl.conf", "net.ipv4.ip_forward = 0\n")
    (system.root / "etc/sysctl.d/99-sysctl.conf").symlink_to("../sysctl.conf")
    assert [problem.where for problem in system.problems()] == ["/etc/sysctl.d/99-sysctl.conf:1"]


def test_ufw_that_is_on_has_the_last_word(system: System) -> None:
    system.write("/etc/ufw/ufw.conf", "ENABLED=yes\n")
    system.write("/etc/ufw/sysctl.conf", "net/ipv4/ip_forward=0\n")
    assert [problem.where for problem in system.problems()] == ["/etc/ufw/sysctl.conf:1"]


def test_the_order_is_systemds(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    paths_there = [
        f"{folder}{name}.conf"
        for folder, names in (
            ("/etc/sysctl.d/", ("90-binder-singlenode", "99-b", "a", "10-x")),
            ("/run/sysctl.d/", ("99-a", "zz", "91-x", "10-x")),
            ("/usr/lib/sysctl.d/", ("99-a", "99-c", "90-a", "90-c", "B")),
        )
        for name in names
    ]
    for path in paths_there:
        where = tmp_path / path.lstrip("/")
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text("kernel.panic = 1\n")
    words = ["systemd-analyze", f"--root={tmp_path}", "cat-config", "sysctl.d"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    read = [line.removeprefix(f"# {tmp_path}") for line in done.stdout.splitlines() if line.startswith("# /")]
    if not read:
        pytest.skip(f"this systemd-analyze reads no other root: {done.stderr}")
    found = sysctl_order.settings([path, "1:kernel.panic = 1"] for path in paths_there)
    after = [each.path for each in sysctl_order.later(paths_there, found, paths.SYSCTL)]
    assert after == read[read.index(paths.SYSCTL) + 1 :]


def test_a_card_that_forwards_nothing_stops_up(system: System) -> None:
    system.write("/etc/sysctl.d/99-x.conf", "net.ipv4.conf.eth0.forwarding = 0\n")
    [problem] = system.problems()
    assert problem.fatal and "comes in by eth0" in problem.what


def test_no_namespaces(system: System) -> None:
    system.write("/proc/sys/user/max_net_namespaces", "0\n")
    [problem] = system.problems()
    assert problem.fatal and "user.max_net_namespaces is 0" in problem.what


@pytest.mark.parametrize(
    ("line", "loaded", "fatal"),
    [
        ("install overlay /bin/true", False, True),
        ("install br-netfilter /bin/false # CIS", True, False),
        ("blacklist veth", False, True),
        ("install nf_conntrack /sbin/modprobe --ignore-install nf_conntrack; true", False, None),
        ("blacklist cramfs", False, None),
        ("#install overlay /bin/true", False, None),
    ],
)
def test_modules_that_are_kept_out(line: str, loaded: bool, fatal: bool | None, system: System) -> None:
    system.write("/etc/modprobe.d/cis.conf", f"# hardening\n{line}\n")
    if loaded:
        (system.root / "sys/module/br_netfilter").mkdir(parents=True)
    found = system.problems()
    assert [(each.where, each.fatal) for each in found] == (
        [] if fatal is None else [("/etc/modprobe.d/cis.conf:2", fatal)]
    )


def test_a_kernel_that_loads_no_more_modules(system: System) -> None:
    system.write("/proc/sys/kernel/modules_disabled", "1\n")
    for name in ("overlay", "nf_conntrack"):
        (system.root / "sys/module" / name).mkdir(parents=True)
    [problem] = system.problems()
    assert problem.fatal and "these are not: br_netfilter" in problem.what


JOURNALD = """# /etc/systemd/journald.conf
[Journal]
#SystemMaxUse=
SystemMaxUse=1G

# {ours}
[Journal]
SystemMaxUse=7
MaxRetentionSec=30day

# /etc/systemd/journald.conf.d/zz-archive.conf
[Journal]
MaxRetentionSec=1year
Compress=yes
"""


def test_a_later_file_of_journald(system: System) -> None:
    text = JOURNALD.format(ours=paths.JOURNALD)
    system.tool("systemd-analyze", text)
    [said] = system.said()
    assert said.startswith("/etc/systemd/journald.conf.d/zz-archive.conf: MaxRetentionSec=1year, read after")
    system.tool("systemd-analyze", text.replace("zz-archive", "50-archive"))
    assert system.said() == []


def test_drop_ins_of_our_services_and_of_all(system: System) -> None:
    system.write(
        "/etc/systemd/system/service.d/limits.conf", "[Service]\n# x\nLimitNOFILE=1024\nTasksMax=100\n"
    )
    system.write("/etc/systemd/system/k3s.service.d/x.conf", "[Service]\nMemoryMax=1G\n")
    system.write("/etc/systemd/system/ssh.service.d/x.conf", "[Service]\nMemoryMax=1G\n")
    assert system.said() == [
        "/etc/systemd/system/service.d/limits.conf: changes all services, k3s and the entry too:"
        " LimitNOFILE=1024, TasksMax=100",
        "/etc/systemd/system/k3s.service.d/x.conf: changes k3s.service: MemoryMax=1G",
    ]


def test_logrotate(system: System) -> None:
    system.write("/etc/logrotate.conf", "include /etc/logrotate.d\n")
    system.tool(
        "logrotate",
        "error: my-syslog:1 duplicate log entry for /var/log/syslog\n"
        "error: stat of /var/log/none.log failed: No such file or directory\n"
        "considering log /var/log/binder-singlenode/access.log\nconsidering log /var/log/apt/term.log\n",
    )
    first, second = system.said()
    assert first.startswith(
        "logrotate: logrotate reports: my-syslog:1 duplicate log entry for /var/log/syslog"
    )
    assert second.startswith("logrotate: logrotate rotates /var/log/binder-singlenode/access.log")
