"""How pods resolve names: the shell and the cell of these checks are run for real, without a network."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_singlenode.binderhub.jupyter_kernel import Outcome
from binder_singlenode.health.checks import names


@pytest.mark.parametrize(
    ("search", "found", "words"),
    [
        (["binder.svc.cluster.local", "cluster.local.", "."], "", ""),
        ([], "", ""),
        (["cluster.local", "example.org"], "", "has the host's search domain example.org"),
        ([], "192.0.2.9", "leads to 192.0.2.9"),
    ],
)
def test_what_a_session_says(search: list[str], found: str, words: str) -> None:
    cell: Any = SimpleNamespace(run=lambda code, limit_s: Outcome(json.dumps([search, found]), False, ""))
    wrong = names.of_session(cell, 60)
    assert words in wrong and bool(wrong) == bool(words)


def test_the_cell_reads_the_resolver_of_its_pod(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or not Path("/etc/resolv.conf").exists():
        pytest.skip("needs unshare: apt-get install util-linux")
    conf = tmp_path / "resolv.conf"
    conf.write_text("nameserver 127.0.0.1\nsearch svc.cluster.local example.org\n")

    def run(code: str, limit_s: float) -> Outcome:
        shell = f'mount --bind {conf} /etc/resolv.conf && exec {sys.executable} -c "$0"'
        done = subprocess.run(
            ["unshare", "-mn", "sh", "-c", shell, code],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if "Operation not permitted" in done.stderr:
            pytest.skip("needs root: mount and network namespaces")
        return Outcome(done.stdout, False, done.stderr.strip())

    cell: Any = SimpleNamespace(run=run)
    assert "example.org" in names.of_session(cell, 60)


def test_the_hosts_programs_in_pods_are_read(tmp_path: Path) -> None:
    processes = {
        "coredns": ("/coredns\0-conf\0x", "nameserver 192.0.2.53\n", "kubepods"),
        "dockerd": ("dockerd\0--mtu=1400\0--dns-search=.", "search a b\nnameserver 10.43.0.10\n", "kubepods"),
        "binderhub": ("python\0binderhub", "nameserver 10.43.0.10\nsearch cluster.local\n", "system.slice"),
    }
    for number, (name, (line, conf, group)) in enumerate(processes.items(), 1):
        folder = tmp_path / "proc" / str(number)
        (folder / "root/etc").mkdir(parents=True)
        (folder / "comm").write_text(f"{name}\n")
        (folder / "cmdline").write_text(line)
        (folder / "cgroup").write_text(f"0::/{group}/x\n")
        (folder / "root/etc/resolv.conf").write_text(conf)
    ours = tmp_path / "etc/binder-singlenode"
    ours.mkdir(parents=True)
    (ours / "resolv.conf").write_text("nameserver 192.0.2.53\n")
    (ours / "resolver.sh").write_text('[ "$1" = same ]\n')
    script = re.sub(r"(?<![\w}])/(etc|proc)/", rf"{tmp_path}/\1/", names.SCRIPT)
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "coredns\t192.0.2.53 \t\t0",
        "dockerd\t10.43.0.10 \ta b \t1",
        "file\t192.0.2.53 ",
        "same",
    ]
    assert names.verdict(done.stdout) == ""
