"""The whole machine (memory and disk) kept under a tag, inside the VM's qcow2 disk."""

from __future__ import annotations

import json
from typing import Any

from binder_singlenode.errors import VmError
from binder_singlenode.vm import state, tools
from binder_singlenode.vm.emulator import Emulator
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


def check(name: str, tag: str, emulator: Emulator) -> None:
    """VmError when the VM (running or not) has no state of that tag."""
    disk = state.folder(name) / "disk.qcow2"
    argv = [*emulator.img, "info", "--force-share", "--output=json", str(disk)]
    known = [entry["name"] for entry in json.loads(tools.run(argv, "reading the disk")).get("snapshots", [])]
    if tag not in known:
        kept = ", ".join(sorted(known)) or "none"
        raise VmError(f"the VM {name!r} has no saved state {tag!r}", hint=f"saved states: {kept}")


def tags(qemu: Monitor) -> set[str]:
    """The tags that the disk holds."""
    nodes: list[dict[str, Any]] = qemu.execute("query-named-block-nodes")
    images = [node["image"] for node in nodes if node.get("node-name") == _DISK]
    return {str(entry["name"]) for image in images for entry in image.get("snapshots", [])}
