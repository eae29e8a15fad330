"""The raw disk of a VM: a sparse copy of the image. Its snapshots are sparse copies, too."""

from __future__ import annotations

import os
from pathlib import Path

from binder_singlenode.vm import programs
from binder_singlenode.vm.local.disk_image.image import Image

FILE = "disk.img"
_SNAPSHOTS = "snapshots"


def make(folder: Path, image: Image, size_bytes: int) -> None:
    """Copy the image to a disk of the requested size; the file system grows to it at the first boot."""
    _copy(image.disk, folder / FILE)
    os.truncate(folder / FILE, size_bytes)


def snapshot(folder: Path, tag: str) -> None:
    """Save a copy as `tag`; the file system must be frozen. An interrupted copy is ignored."""
    place = _place(folder, tag)
    place.parent.mkdir(exist_ok=True)
    staged = place.with_suffix(".new")
    _copy(folder / FILE, staged)
    staged.replace(place)


def tags(folder: Path) -> set[str]:
    """Tags of the saved copies."""
    return {path.stem for path in (folder / _SNAPSHOTS).glob("*.img")}


def restore(folder: Path, tag: str) -> None:
    """Restore the disk from the copy `tag`; the VM must be off."""
    staged = folder / f"{FILE}.new"
    _copy(_place(folder, tag), staged)
    staged.replace(folder / FILE)


def copy(folder: Path, tag: str, target: Path) -> None:
    """Copy the saved disk `tag` into another VM's folder."""
    _copy(_place(folder, tag), target / FILE)


def _place(folder: Path, tag: str) -> Path:
    return folder / _SNAPSHOTS / f"{tag}.img"


def _copy(source: Path, target: Path) -> None:
    """Make a sparse copy; a file system with reflinks shares the blocks instead of copying them."""
    programs.run(["cp", "--sparse=always", "--reflink=auto", source, target], "copying a disk")
