"""What `down` finds: run by a real shell, with the host's folders moved into the test's."""

import subprocess
from pathlib import Path

import pytest

from binder_singlenode.base import sections
from binder_singlenode.cli.output import removal_lines
from binder_singlenode.deploy.removal import found as removal_found
from binder_singlenode.deploy.removal import inventory, scripts
from binder_singlenode.layout import paths

ROOTS = ("/etc/", "/var/", "/usr/local/", "/run/", "/sys/", "/proc/")
UNITS = "Id=k3s.service\nActiveState=active\nUnitFileState=enabled\n"
IDLE = "Id=binder-entry.service\nActiveState=inactive\nUnitFileState=\n"
CHAINS = "*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n:CNI-HOSTPORT - [0:0]\n-A KUBE-X -j CNI-Y\n"

IPSETS = ["KUBE-DST-7PMAW7WNYMMPWPLJ", "inet6:KUBE-SRC-F5GFMQ3GHZSXUMGB", "TMP-HYKUMGYPQVWNVDLA"]


class Machine:
    """Files below a folder, and stand-ins for the tools that are asked."""

    def __init__(self, folder: Path) -> None:
        self.root, self.tools = folder / "root", folder / "bin"
        self.tools.mkdir()
        self.tool("systemctl")
        self.tool("nft", code=1)
        self.tool("id", code=1)

    def tool(self, name: str, says: str = "", code: int = 0) -> None:
        said = self.tools / f"{name}.said"
        said.write_text(says)
        path = self.tools / name
        path.write_text(f"#!/bin/sh\ncat {said}\nexit {code}\n")
        path.chmod(0o755)

    def file(self, path: str, text: str = "x\n") -> None:
        there = self.root / path.lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text)

    def run(self, script: str) -> str:
        """With this machine's tools, below its folder."""
        for root in ROOTS:
            script = script.replace(f" {root}", f" {self.root}{root}")
        done = subprocess.run(
            ["sh", "-c", script],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env={"PATH": f"{self.tools}:/usr/bin:/bin", "LC_ALL": "C"},
        )
        return done.stdout.replace(str(self.root), "")

    def told(self) -> dict[str, list[str]]:
        lines = self.run(removal_found.script()).splitlines()
        return sections.split(lines)

    def found(self, keep_data: bool = False) -> dict[str, list[str]]:
        return removal_found.to_remove(self.told(), keep_data=keep_data)

    def disk(self, *paths: str) -> None:
        """Somebody's file systems, mounted there."""
        self.file("/proc/self/mounts", "".join(f"disk {self.root}{path} ext4 rw 0 0\n" for path in paths))
        for path in paths:
            self.file(f"{path}/lost+found/5")

    def remove(self, keep_data: bool = False) -> None:
        """What `down` does about paths, where it found some."""
        if wanted := self.found(keep_data).get("paths"):
            self.run(scripts.remove_script(wanted))

    def files(self, folder: str) -> list[str]:
        there = self.root / folder.lstrip("/")
        return sorted(str(each.relative_to(there)) for each in there.rglob("*"))

    def another_kubernetes(self) -> None:
        """What k3s or kubeadm leave, whoever installed them."""
        self.file("/usr/local/bin/k3s")
        self.file("/var/lib/rancher/k3s/server/db/state.db")
        self.file("/var/lib/kubelet/config.yaml")
        self.file("/sys/class/net/cni0")
        self.file("/run/netns/cni-0815")
        self.file("/proc/self/mounts", "tmpfs /var/lib/kubelet/pods/x tmpfs rw 0 0\n")
        self.file("/proc/12/comm", "dockerd\n")
        self.file("/proc/13/comm", "coredns\n")
        self.file("/sys/fs/cgroup/kubepods/pod1/cgroup.procs", "12\n13\n")
        self.tool("iptables-save", CHAINS)
        self.tool("ipset", "\n".join([*IPSETS, "blocked", "KUBE-SRC-short"]) + "\n")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_bare_machine_has_nothing(machine: Machine) -> None:
    machine.tool("systemctl", IDLE)
    assert machine.found() == {}


def test_what_others_name_like_we_do_is_not_ours(machine: Machine) -> None:
    machine.another_kubernetes()
    assert machine.found() == {}


@pytest.mark.parametrize(
    "mark",
    [(paths.MARK, "x\n"), (paths.unit_path(paths.K3S_UNIT), f"# {paths.WRITTEN_BY}; `down` removes it.\n")],
    ids=["the mark", "our unit"],
)
def test_with_our_mark_it_is_all_found(machine: Machine, mark: tuple[str, str]) -> None:
    machine.another_kubernetes()
    machine.file(*mark)
    machine.tool("systemctl", f"{UNITS}\n{IDLE}")
    machine.tool("nft")
    machine.tool("id", f"{paths.ENTRY_USER}\n")
    found = machine.found()
    assert found["units"] == ["k3s.service"]
    assert found["processes"] == ["coredns (1)", "dockerd (1)"]
    assert found["mounts"] == ["/var/lib/kubelet/pods/x"]
    assert found["links"] == ["cni0"]
    assert found["namespaces"] == ["cni-0815"]
    assert found["table"] == [f"inet {paths.FIREWALL_TABLE}"]
    assert found["chains"] == ["iptables CNI-HOSTPORT", "iptables KUBE-SERVICES"]
    assert found["ipsets"] == IPSETS
    assert found["users"] == [paths.ENTRY_USER]
    assert {"/usr/local/bin/k3s", "/var/lib/kubelet", "/var/lib/rancher"} <= set(found["paths"])
    assert "/var/lib/cni" not in found["paths"]  # is not there


def test_what_bears_our_name_is_found_without_a_mark(machine: Machine) -> None:
    """Such as what an `up` leaves that took the lock, and then was told no."""
    machine.another_kubernetes()
    machine.file(paths.AUDIT_LOG)
    machine.file(paths.SYSCTL)
    assert machine.found() == {"paths": [paths.LOG, paths.SYSCTL]}


def test_kept_data_is_found_without_keep_data_alone(machine: Machine) -> None:
    machine.file("/var/lib/rancher/k3s/server/db/state.db")
    machine.file(paths.MARK)
    assert machine.found(keep_data=True) == {}
    assert machine.found() == {"paths": ["/var/lib/rancher", paths.VAR]}


def test_what_stays_is_what_is_there(machine: Machine) -> None:
    machine.file(f"{paths.K3S_DATA}/server/db/state.db")
    machine.file(paths.MARK)
    stays = [paths.MARK, f"{paths.K3S_DATA}/server"]
    assert removal_found.staying(machine.told(), keep_data=True) == stays
    assert removal_found.staying(machine.told(), keep_data=False) == []


def test_a_disk_is_emptied_and_stays(machine: Machine) -> None:
    """docs/operations.md offers these places for disks of one's own."""
    machine.file(paths.MARK)
    machine.file("/var/lib/rancher/k3s/server/db/state.db")
    machine.file("/var/lib/dind/image/x y")
    machine.disk("/var/lib/rancher", "/var/lib/dind", paths.VAR)
    assert machine.found() == {"paths": ["/var/lib/dind", "/var/lib/rancher", paths.VAR]}
    machine.remove()
    for path in ("/var/lib/rancher", "/var/lib/dind", paths.VAR):
        assert machine.files(path) == ["lost+found", "lost+found/5"]
    assert machine.found() == {}


def test_a_disk_further_down_stays_with_all_that_is_on_it(machine: Machine) -> None:
    machine.file(paths.MARK)
    machine.file("/var/lib/rancher/k3s/server/db/state.db")
    machine.disk("/var/lib/rancher/k3s/storage/theirs")
    machine.remove()
    kept = ["k3s", "k3s/storage", "k3s/storage/theirs"]
    assert [path for path in machine.files("/var/lib/rancher") if "lost+found" not in path] == kept
    assert machine.found() == {}


@pytest.mark.parametrize("keep_data", [False, True])
def test_the_mark_goes_last(keep_data: bool) -> None:
    """After all that is only known for ours by it; and then a second run has nothing to ask it for."""
    script = scripts.remove_script(inventory.removed_paths(keep_data))
    assert paths.MARK not in script
    first, _, last = script.partition("daemon-reload")
    assert all(f" {path}" in first for path in inventory.cluster_paths(keep_data))
    assert (f" {paths.VAR};" in last) is not keep_data


def test_people_see_some_of_many_and_how_many_more() -> None:
    lines = list(removal_lines({"mounts": [f"/run/k3s/{n}" for n in range(200)], "paths": ["/run/k3s"]}))
    assert lines[0] == "mount /run/k3s/0"
    assert lines[-2:] == ["mount: 192 more", "/run/k3s"]
