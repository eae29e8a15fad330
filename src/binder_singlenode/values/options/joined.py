"""Lists that are joined when values are merged: volumes, mounts, init containers, arguments of repo2docker.

The parts of this program's values add to them, and so does release.extra_values. Helm replaces lists: one
volume of the operator's would take away the builder's socket, the folder of the launch archive and the
trusted roots, and a mount would remain without its volume.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MOUNTED = ("extraVolumes", "extraVolumeMounts")
JOINED = (
    "config.KubernetesBuildExecutor.repo2docker_extra_args",
    "dind.initContainers",
    *_MOUNTED,
    *(f"dind.daemonset.{name}" for name in _MOUNTED),
    *(f"jupyterhub.hub.{name}" for name in _MOUNTED),
    *(f"jupyterhub.singleuser.storage.{name}" for name in _MOUNTED),
)


def joined(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """`theirs`, to merge over `ours`, with our items before those of each list in JOINED. An item with the
    same name, or for the same path in the same container, takes the place of ours."""
    found = dict(theirs)
    for path in JOINED:
        found = _at(found, ours, path.split("."))
    return found


def _at(theirs: Mapping[str, Any], ours: Any, path: list[str]) -> dict[str, Any]:
    name, *rest = path
    value, own = theirs.get(name), ours.get(name) if isinstance(ours, Mapping) else None
    if rest and isinstance(value, Mapping):
        return {**theirs, name: _at(value, own, rest)}
    if not rest and isinstance(value, list) and isinstance(own, list):
        return {**theirs, name: _both(own, value)}
    return dict(theirs)


def _both(ours: list[Any], theirs: list[Any]) -> list[Any]:
    taken = [_identity(item) for item in theirs]
    return [*(item for item in ours if _identity(item) not in taken), *theirs]


def _identity(item: Any) -> Any:
    return (item.get("mountPath") or item.get("name")) if isinstance(item, Mapping) else item
