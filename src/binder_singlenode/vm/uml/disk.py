"""The raw disk of a VM: a sparse copy of the image, and sparse copies of itself as snapshots."""

from __future__ import annotations

import os
from pathlib import Path

from binder_singlenode.vm import programs
from binder_singlenode.vm.local.disk_image.image import Image

FILE = "disk.img"
_SNAPSHOTS = "snapshots"


def make(folder: Path, image: Image, size_bytes: int) -> None:
    """The image's file system on a disk of the asked size: it grows to it at the first boot."""
    _copy(image.disk, folder / FILE)
    os.truncate(folder / FILE, size_bytes)


def snapshot(folder: Path, tag: str) -> None:
    """Keep a copy under the tag; the file system is frozen. A copy that was cut short does not count."""
    place = _place(folder, tag)
    place.parent.mkdir(exist_ok=True)
    staged = place.with_suffix(".new")
    _copy(folder / FILE, staged)
    staged.replace(place)


def tags(folder: Path) -> set[str]:
    """The tags that are kept."""
    return {path.stem for path in (folder / _SNAPSHOTS).glob("*.img")}


def restore(folder: Path, tag: str) -> None:
    """Put the copy back; the VM is off."""
    staged = folder / f"{FILE}.new"
    _copy(_place(folder, tag), staged)
    staged.replace(folder / FILE)


def copy(folder: Path, tag: str, target: Path) -> None:
    """The disk at the tag, into another VM's folder."""
    _copy(_place(folder, tag), target / FILE)


def _place(folder: Path, tag: str) -> Path:
    return folder / _SNAPSHOTS / f"{tag}.img"


def _copy(source: Path, target: Path) -> None:
    """Holes stay holes; where the file system can share blocks, nothing is copied."""
    programs.run(["cp", "--sparse=always", "--reflink=auto", source, target], "copying a disk")
