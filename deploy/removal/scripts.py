"""What `down` removes, as data, and the shell that does it.

The list is what docs/what-it-does-to-your-vm.md documents (a test compares the two).
"""

from binder_singlenode.deploy import mounts
from binder_singlenode.layout import image_store, paths
from binder_singlenode.values.resources import BUILDS_SLICE

CGROUPS = (
    "/sys/fs/cgroup/system.slice/k3s.service",
    "/sys/fs/cgroup/kubepods.slice",
    "/sys/fs/cgroup/kubepods",
    # A privileged container sees the host's groups: dind makes one at its start, and its builds are in ours.
    "/sys/fs/cgroup/init",
    f"/sys/fs/cgroup/{BUILDS_SLICE}",
)
NETNS_FOLDER = "/run/netns"
MOUNTS = (
    "/run/k3s",
    paths.KUBELET_DATA,
    paths.K3S_DATA,
    *image_store.BUILDER_FOLDERS.values(),
    "/run/dind",
    paths.HOMES,
)
"""Folders below which k3s, kubelet, the builder and we mount things. What is mounted at one itself is the
person's disk."""
LINKS = ("cni0", "flannel.1", "kube-ipvs0", "kube-dummy-if")

_CLUSTER = (
    paths.unit_path(paths.K3S_UNIT),
    paths.CADDY,
    paths.HELM,
    paths.K3S,
    *image_store.BUILDER_FOLDERS.values(),
    "/run/dind",
    "/run/k3s",
    "/run/flannel",
    paths.KUBELET_DATA,
    "/var/lib/cni",
    paths.POD_LOGS,
    paths.CONTAINER_LOGS,
)
"""Anybody's by their names: ours on a host that bears our mark."""
_CLUSTER_DATA = ("/etc/rancher", "/var/lib/rancher")
_CLUSTER_BUT_DATA = ("/etc/rancher/k3s", f"{paths.K3S_DATA}/agent", f"{paths.K3S_DATA}/data")
_NAMED = (
    paths.unit_path(paths.UPKEEP_TIMER),
    paths.unit_path(paths.UPKEEP_SERVICE),
    paths.unit_path(paths.ENTRY_UNIT),
    paths.unit_path(paths.HOMES_UNIT),
    paths.unit_path(paths.FIREWALL_UNIT),
    paths.unit_path(BUILDS_SLICE),
    paths.unit_path(paths.CLEAN_TIMER),
    paths.unit_path(paths.CLEAN_UNIT),
    paths.JOURNALD,
    paths.SYSCTL,
    paths.MODULES,
    paths.ETC,
    paths.LOG,
)
"""Ours by their names, on any host."""
_NAMED_DATA = (paths.HOMES, paths.ENTRY_STATE, paths.VAR)
_NAMED_BUT_DATA = (
    paths.INSTALLED,
    paths.STAGING,
    paths.FORGETTING,
    paths.HELM_LOCK,
    paths.DISK_USE,
    paths.MAINTENANCE,
    paths.PINS_LOCK,
)
"""With --keep-data stay: the registry's images, the homes of users, the cluster's database, keys and volumes,
the node's password, without which k3s would not take its own node back, the entry's certificates (authorities
give out only so many a week), and the mark, by which a later `down` knows all that for ours."""


def cluster_paths(keep_data: bool) -> list[str]:
    """What is removed only on a host that bears our mark."""
    return [*_CLUSTER, *(_CLUSTER_BUT_DATA if keep_data else _CLUSTER_DATA)]


def named_paths(keep_data: bool) -> list[str]:
    """What is removed wherever it is found; the folder with the mark comes last."""
    return [*_NAMED, *(_NAMED_BUT_DATA if keep_data else _NAMED_DATA)]


def removed_paths(keep_data: bool) -> list[str]:
    """Files and folders that `down` removes, in order: the mark is there until all is gone that needs it."""
    return [*cluster_paths(keep_data), *named_paths(keep_data)]


def kept_paths() -> list[str]:
    """What stays with --keep-data."""
    cluster = [f"{paths.K3S_DATA}/server", f"{paths.K3S_DATA}/storage", "/etc/rancher/node"]
    return [paths.REGISTRY_DATA, paths.PINS, paths.HOMES, *cluster, paths.ENTRY_STATE, paths.MARK]


def stop_script() -> str:
    """Stop and disable; a unit that is already gone is no failure."""
    units = " ".join(paths.UNITS)
    all_units = f"{units} {' '.join(paths.PASSING_UNITS)}"
    return f"systemctl disable --now {units} 2>/dev/null; systemctl stop {all_units} 2>/dev/null; true"


def end_pods_script() -> str:
    """Kill by control group (no process escapes it), then unmount from the innermost out, then the links.

    cgroup.kill is in kernels from 5.14 on: the oldest supported one is 5.15.
    """
    groups = " ".join(CGROUPS)
    return (
        "systemctl stop kubepods.slice 2>/dev/null;"
        f" for group in {groups}; do [ -d $group ] || continue; echo 1 > $group/cgroup.kill;"
        " end=$(($(date +%s) + 60));"
        " while grep -q 'populated 1' $group/cgroup.events 2>/dev/null; do"
        ' [ $(date +%s) -lt $end ] || { echo "processes in $group do not end" >&2; exit 1; };'
        " sleep 0.2; done;"
        " find $group -depth -type d -exec rmdir {} + 2>/dev/null; done;"
        f" {_unmount()};"
        f" for link in {' '.join(LINKS)}; do ip link delete $link 2>/dev/null; done;"
        f" rm -f {NETNS_FOLDER}/cni-*;"
        f" {remove_stray_socket()};"
        f" {mounted()} | grep -q . && {{ echo 'still mounted:' >&2; {mounted()} >&2; exit 1; }}; true"
    )


def remove_stray_socket() -> str:
    """The empty folder that the shared store makes; a socket of that name is somebody's docker, and stays."""
    return f"rmdir {image_store.STRAY_SOCKET} 2>/dev/null"


def mounted() -> str:
    """Shell that lists the mount points concerned, innermost first (sorted backwards)."""
    ours = f"^({'|'.join(MOUNTS)})/|^{NETNS_FOLDER}/cni-"
    return f"awk '{{print $2}}' /proc/self/mounts | grep -E '{ours}' | sort -r"


def _unmount() -> str:
    """A busy one is detached: nothing of ours runs any more that could use it."""
    return f'{mounted()} | while read -r point; do umount "$point" 2>/dev/null || umount -l "$point"; done'


def table_script() -> str:
    """Our table as a whole."""
    return (
        f"if nft list table inet {paths.FIREWALL_TABLE} >/dev/null 2>&1; then"
        f" nft delete table inet {paths.FIREWALL_TABLE}; fi"
    )


def chains_script() -> str:
    """Of iptables only what Kubernetes, CNI and flannel named."""
    clean = "grep -v -e KUBE- -e CNI- -e cali- | grep -iv flannel"
    return (
        "for tool in iptables ip6tables; do command -v $tool-save >/dev/null || continue;"
        f" $tool-save | {clean} | $tool-restore; done"
    )


def remove_script(wanted: list[str]) -> str:
    """Files and folders, and systemd told that the units and the journal's limits are gone; the folder
    with the mark last, so that a run killed before goes on with the next."""
    last = [path for path in wanted if path == paths.VAR]
    first = [path for path in wanted if path not in last]
    told = f"systemctl daemon-reload && systemctl reset-failed && systemctl try-restart {paths.JOURNALD_UNIT}"
    return " && ".join([mounts.removal(first), told, mounts.removal(last)])
