"""The preflight's rules about the disk budget: the host's file systems, and whether the budget fits."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.base.units import human_bytes
from binder_singlenode.config import Host
from binder_singlenode.layout.shares import Share
from binder_singlenode.preflight.facts import Facts, ShareDisk
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.sizing import disk_record, homes
from binder_singlenode.sizing.disk import DiskBudget, FileSystem, percent_of

STAT_BLOCK_BYTES = 512
"""Unit of stat(1)'s %b."""
UNPACKED = (Share.IMAGES, Share.BUILD_CACHE)
"""Shares that hold unpacked images: of containerd, and of the builder's docker."""
FILE_SYSTEMS = ("ext4", "xfs", "btrfs", "ext2/ext3", "ext3")
"""File systems that support overlay snapshots, which unpacked images need."""
FREE_INODES = 200_000
"""An unpacked image has up to 100 000 files."""
FREE_INODES_ELSEWHERE = 10_000
"""For the other shares: a few files per layer in the registry, and few logs, volumes and homes."""


def file_systems(facts: Facts) -> tuple[FileSystem, ...]:
    """The host's real file systems with the shares on each; two mounts of one device count as one."""
    return tuple(
        FileSystem(disks[0].mount, disks[0].size_bytes, tuple(disk.share for disk in disks))
        for disks in _by_device(facts)
    )


def _by_device(facts: Facts) -> list[list[ShareDisk]]:
    found: dict[str, list[ShareDisk]] = {}
    for disk in facts.share_disks:
        # Two mounts with the same device path are one file system; two mounts of "tmpfs" are not.
        device = disk.source if disk.source.startswith("/") else disk.mount
        found.setdefault(device, []).append(disk)
    return list(found.values())


def kinds(facts: Facts) -> Iterator[Problem]:
    """Check that images can be unpacked on each file system that will hold unpacked images."""
    for disks in _by_device(facts):
        if disks[0].kind not in FILE_SYSTEMS and any(disk.share in UNPACKED for disk in disks):
            yield Problem(
                f"the file system is {disks[0].kind}, on which images cannot be unpacked",
                _where(disks),
                "mount ext4, xfs or btrfs there",
            )


def inodes(facts: Facts) -> Iterator[Problem]:
    """Check the free inodes of each file system. Only a warning on a host that binder-singlenode has set up:
    `up` must be able to repair it."""
    for disks in _by_device(facts):
        unpacked = any(disk.share in UNPACKED for disk in disks)
        wanted = FREE_INODES if unpacked else FREE_INODES_ELSEWHERE
        if disks[0].inodes_total and disks[0].inodes_free < wanted:
            yield Problem(
                f"{disks[0].inodes_free} inodes free, {wanted} needed",
                _where(disks),
                "remove small files there, or recreate the file system with more inodes (mkfs.ext4 -i 8192)",
                fatal="k3s" not in facts.all("ours"),
            )


def _where(disks: list[ShareDisk]) -> str:
    return f"{disks[0].mount} ({', '.join(disk.share for disk in disks)})"


def budget(facts: Facts, host: Host) -> Iterator[Problem]:
    """Check that each file system has room for its shares and homes, next to other data there.

    The state share is left out: it is small, and on the system's own disk the system's files count as state.
    Only a warning on a host that binder-singlenode has set up: `up` must be able to repair it.
    """
    ours = "k3s" in facts.all("ours")
    record = disk_record.parse([facts.one("disk_use")])
    if ours and not record:
        return
    taken = record[-1].bytes_of if record else {}
    free_bytes = {disk.mount: disk.free_bytes for disk in facts.share_disks}
    split = DiskBudget(homes.beside(file_systems(facts), host), percent_of(host.images.store))
    for home in split.file_systems:
        shares = [share for share in home.shares if share is not Share.STATE]
        needed = sum(map(split.bytes_of, shares)) + home.homes_bytes
        room = free_bytes[home.mount] + sum(taken.get(share, 0) for share in shares)
        if home.homes_bytes:
            room += sum(int(blocks) * STAT_BLOCK_BYTES for blocks in facts.all("home_blocks"))
        if room < needed:
            yield Problem(
                f"others take the room of the disk budget: {human_bytes(needed - room)} missing for"
                f" {', '.join([*shares, *(['homes'] if home.homes_bytes else [])])},"
                f" which share {human_bytes(needed)}",
                f"{home.mount} (disk budget)",
                "remove what is not Binder's, make that disk larger, or mount one of its own at"
                " /var/lib/rancher, /var/lib/dind or /var/lib/binder-singlenode",
                fatal=not ours,
            )


def access_times(facts: Facts) -> Iterator[Problem]:
    """The registry's retention needs the time of last use, which the file system must record."""
    if "noatime" in facts.one("registry_options").split(","):
        yield Problem(
            "mounted with noatime: the registry drops images by their age, not by their last use",
            f"{facts.one('registry_mount')} (disk budget)",
            "mount it with relatime, which is the default",
            fatal=False,
        )
