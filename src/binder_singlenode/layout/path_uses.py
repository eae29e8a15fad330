"""What is done at each path of a host, for the preflight: run programs, keep data, let Caddy pass."""

from __future__ import annotations

from posixpath import dirname

from binder_singlenode.layout import image_store, paths

PROGRAMS = (dirname(paths.K3S), f"{paths.K3S_DATA}/data", paths.CLEAN_FOLDER)
"""Folders whose programs run: the binaries, those that k3s unpacks, and the scripts."""

DATA = (
    paths.K3S_DATA,
    f"{paths.K3S_DATA}/agent/containerd",
    f"{paths.K3S_DATA}/server",
    f"{paths.K3S_DATA}/storage",
    paths.KUBELET_DATA,
    *image_store.BUILDER_FOLDERS.values(),
    paths.VAR,
    paths.REGISTRY_DATA,
    paths.HOMES,
    paths.ENTRY_STATE,
    "/var/lib/cni",
)
"""Folders that are measured, cleaned and removed, and in which file systems are mounted."""

LOGS = (paths.LOG, paths.LAUNCH_ARCHIVE, paths.POD_LOGS, paths.CONTAINER_LOGS)

SETTINGS = (
    paths.ETC,
    dirname(paths.K3S_CONFIG),
    dirname(paths.unit_path("")),
    *map(dirname, (paths.SYSCTL, paths.MODULES, paths.JOURNALD)),
)

ALL = tuple(dict.fromkeys((*PROGRAMS, *DATA, *LOGS, *SETTINGS)))

ENTRY_PASSES = tuple(map(dirname, (paths.CADDY, paths.ETC, paths.VAR, paths.LOG, paths.ENTRY_STATE)))
"""Folders that the entry's user must pass. Those below them get their modes from `up`."""


def way_to(path: str) -> list[str]:
    """The folders on the way to a path, and itself, without the root."""
    names = path.strip("/").split("/")
    return ["/" + "/".join(names[: count + 1]) for count in range(len(names))]


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is the folder, or lies in it."""
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")
