"""What `down` removes, as data: what docs/what-it-does-to-your-vm.md documents (a test compares the two)."""

from binder_singlenode.layout import image_store, paths
from binder_singlenode.layout.names import BUILDS_SLICE

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
