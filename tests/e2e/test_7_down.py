"""`down`: the machine is as before."""

import contextlib
from typing import Any

import pytest

from binder_singlenode.deploy.removal import inventory
from binder_singlenode.layout import paths

from .helpers.bed import UP_TIMEOUT_S, Tool, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.smoke, pytest.mark.timeout(UP_TIMEOUT_S + 600)]
# k3s brings the program that shows ipsets, and it goes with k3s: this is a copy.
LOOKING = "/root/looking"
K3S_PROGRAMS = f"{paths.K3S_DATA}/data/current"
MACHINES_OWN = "binder-(seed|uml|modules)"
"""Units and mounts of the throwaway VM itself, from the time it was made."""
LOOKS = {
    "files": "ls -d {paths} 2>/dev/null",
    "processes": "ps -eo args | grep -E '(k3s|containerd|caddy|kube|dockerd|coredns|binder)' | grep -v grep",
    "mounts": "grep -E 'kubelet|k3s|dind|binder|/run/netns/cni-' /proc/mounts",
    "rules of nftables": "nft list ruleset | grep -E 'KUBE-|CNI-|FLANNEL|binder'",
    "rules of iptables": "iptables-save | grep -E 'KUBE-|CNI-|FLANNEL'",
    "rules of ip6tables": "ip6tables-save | grep -E 'KUBE-|CNI-|FLANNEL'",
    "ipsets": f"LD_LIBRARY_PATH={LOOKING}/lib {LOOKING}/ipset list -n | grep -E 'KUBE-|TMP-'",
    "network interfaces": "ls /sys/class/net | grep -E '^(cni|flannel|veth|kube-)'",
    "network namespaces": "ls /run/netns 2>/dev/null | grep ^cni-",
    "processes in control groups": "find {cgroups} -name cgroup.procs -exec cat {{}} + 2>/dev/null",
    "user": "getent passwd {user}",
    "units": "systemctl list-units --all --plain --no-legend --no-pager 'k3s*' 'kubepods*' 'binder*'"
    " | grep -v not-found",
    "unit files": "systemctl list-unit-files --no-legend --no-pager 'k3s*' 'binder*'",
}


def left(tool: Tool, keep_data: bool = False) -> dict[str, str]:
    """What a person finds who looks for traces."""
    words = {
        "paths": " ".join(inventory.removed_paths(keep_data)),
        "cgroups": " ".join(inventory.cgroups()),
        "user": paths.ENTRY_USER,
    }
    told = {
        name: tool.ssh(f"{{ {look.format(**words)}; }} | grep -vE '{MACHINES_OWN}' || true").strip()
        for name, look in LOOKS.items()
    }
    return {name: lines for name, lines in told.items() if lines}


def nothing_left(tool: Tool, keep_data: bool = False) -> None:
    """The kernel ends network namespaces, and systemd forgets units, a moment after they are told to."""
    found: list[dict[str, str]] = []

    def clean() -> bool:
        found.append(left(tool, keep_data))
        return not found[-1]

    with contextlib.suppress(AssertionError):
        eventually("nothing is left", clean, limit_s=120)
    assert found[-1] == {}


def kept(tool: Tool) -> set[str]:
    """The files that --keep-data keeps, but for those in which SQLite notes what it has not yet finished.

    Homes count by the file that each is: `down` unmounts them.
    """
    folders = " ".join(inventory.kept_paths())
    listed = tool.ssh(f"find {folders} -xdev -type f ! -name '*-wal' ! -name '*-shm' 2>/dev/null || true")
    return set(listed.splitlines())


def test_down_keeps_data_when_asked(tool: Tool, provisioned: dict[str, Any]) -> None:
    copied = (
        f"cp -L {K3S_PROGRAMS}/bin/ipset {LOOKING}; cp -rL {K3S_PROGRAMS}/lib {LOOKING} 2>/dev/null || true"
    )
    tool.ssh(f"mkdir -p {LOOKING}; {copied}")
    assert set(left(tool)) > {"files", "processes", "mounts", "rules of nftables", "ipsets", "user", "units"}
    before = kept(tool)
    assert any(file.startswith(f"{paths.K3S_DATA}/server") for file in before)
    done = tool.json("down", "e2e", "--yes", "--keep-data", timeout_s=1200)
    assert done["changed"] > 0
    kinds = {"units", "processes", "mounts", "links", "table", "chains", "ipsets", "paths", "users"}
    assert kinds <= set(done["found"])
    nothing_left(tool, keep_data=True)
    assert before - kept(tool) == set()


def test_down_leaves_nothing(tool: Tool, provisioned: dict[str, Any]) -> None:
    done = tool.json("down", "e2e", "--yes", timeout_s=600)
    assert set(done["found"]) == {"paths"}
    nothing_left(tool)


def test_down_again_finds_nothing_to_do(tool: Tool, vm: dict[str, Any]) -> None:
    done = tool.json("down", "e2e", "--yes", timeout_s=600)
    assert (done["found"], done["changed"]) == ({}, 0)
    nothing_left(tool)  # not even the run lock's folder


def test_somebody_elses_kubernetes_stays(tool: Tool, vm: dict[str, Any]) -> None:
    unit, data = paths.unit_path(paths.K3S_UNIT), "/var/lib/rancher/k3s"
    tool.ssh(
        f"printf '[Service]\\nExecStart=/bin/true\\n' > {unit}; mkdir -p {data}; systemctl daemon-reload"
    )
    try:
        assert tool("down", "e2e", "--yes", check=False).returncode == 1
        assert tool.ssh(f"ls -d {unit} {data}").split() == [unit, data]
    finally:
        tool.ssh(f"rm -r {unit} /var/lib/rancher; systemctl daemon-reload")
