"""The qcow2 disk of a VM: an overlay on the image, with internal snapshots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from binder_singlenode.vm import programs
from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.qemu.emulator import Emulator
from binder_singlenode.vm.qemu.qmp import Monitor, monitor

FILE = "disk.qcow2"
NODE = "disk"
"""The name of the disk on qemu's command line."""

_MONITOR_LIMIT_S = 120


def make(folder: Path, image: Image, size_bytes: int, emulator: Emulator) -> None:
    """Create an empty overlay of the requested size."""
    words = ["create", "-q", "-f", "qcow2", "-b", str(image.disk), "-F", "raw", str(folder / FILE)]
    programs.run([*emulator.img, *words, str(size_bytes)], "making the disk of the VM")


def snapshot(folder: Path, tag: str) -> None:
    """Save a snapshot of the running VM's disk, without its memory, as `tag`; replaces an older one."""
    with monitor(folder, timeout_s=_MONITOR_LIMIT_S) as qemu:
        if tag in _tags_of_running(qemu):
            qemu.execute("blockdev-snapshot-delete-internal-sync", device=NODE, name=tag)
        qemu.execute("blockdev-snapshot-internal-sync", device=NODE, name=tag)


def _tags_of_running(qemu: Monitor) -> set[str]:
    nodes: list[dict[str, Any]] = qemu.execute("query-named-block-nodes")
    images = [node["image"] for node in nodes if node.get("node-name") == NODE]
    return {str(entry["name"]) for image in images for entry in image.get("snapshots", [])}


def tags(folder: Path, emulator: Emulator) -> set[str]:
    """Tags of the disk's snapshots, whether the VM is running or not."""
    argv = [*emulator.img, "info", "--force-share", "--output=json", str(folder / FILE)]
    known = json.loads(programs.run(argv, "reading the disk")).get("snapshots", [])
    return {str(entry["name"]) for entry in known}


def restore(folder: Path, tag: str, emulator: Emulator) -> None:
    """Restore the disk from the snapshot `tag`; the VM must be off."""
    programs.run([*emulator.img, "snapshot", "-q", "-a", tag, str(folder / FILE)], "restoring the disk")


def copy(folder: Path, tag: str, target: Path, emulator: Emulator) -> None:
    """Copy the snapshot `tag` to another folder, as an overlay on the same image."""
    source = folder / FILE
    argv = [*emulator.img, "info", "--force-share", "--output=json", str(source)]
    backing = json.loads(programs.run(argv, "reading the disk"))["full-backing-filename"]
    words = ["convert", "-q", "--force-share", "-l", f"snapshot.name={tag}", "-O", "qcow2"]
    words += ["-B", backing, "-F", "raw", str(source), str(target / FILE)]
    programs.run([*emulator.img, *words], "copying the disk")
