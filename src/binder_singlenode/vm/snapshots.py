"""The whole machine (memory and disk) kept under a tag, inside the VM's qcow2 disk."""

from __future__ import annotations

from typing import Any

from binder_singlenode.vm import state
from binder_singlenode.vm.qmp import Monitor, monitor

# Writing the memory of the whole machine.
_TIMEOUT_S = 600

_DISK = "disk"  # the name of its node on qemu's command line


def save(name: str, tag: str) -> None:
    """Keep the running machine under the tag, replacing an older state of that tag."""
    with monitor(state.folder(name), timeout_s=_TIMEOUT_S) as qemu:
        if tag in tags(qemu):
            qemu.job("snapshot-delete", _TIMEOUT_S, tag=tag, devices=[_DISK])
        qemu.job("snapshot-save", _TIMEOUT_S, tag=tag, vmstate=_DISK, devices=[_DISK])


def tags(qemu: Monitor) -> set[str]:
    """The tags that the disk holds."""
    nodes: list[dict[str, Any]] = qemu.execute("query-named-block-nodes")
    images = [node["image"] for node in nodes if node.get("node-name") == _DISK]
    return {str(entry["name"]) for image in images for entry in image.get("snapshots", [])}
