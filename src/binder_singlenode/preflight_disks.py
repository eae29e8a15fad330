"""The preflight's rules about the disk budget: which file systems there are, and whether it fits on them."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode import disk_use, homes
from binder_singlenode.config import Host
from binder_singlenode.preflight_facts import Facts, ShareDisk
from binder_singlenode.preflight_problem import Problem
from binder_singlenode.sizing_disk import DiskBudget, FileSystem, Share, percent_of
from binder_singlenode.units import human_bytes

STAT_BLOCK_BYTES = 512
"""Of stat(1)'s %b."""


def file_systems(facts: Facts) -> tuple[FileSystem, ...]:
    """The host's real file systems with the shares on each; two mounts of one device are one."""
    by_device: dict[str, list[ShareDisk]] = {}
    for disk in facts.share_disks:
        # Only a device's name says that two mounts are the same: "tmpfs" does not.
        device = disk.source if disk.source.startswith("/") else disk.mount
        by_device.setdefault(device, []).append(disk)
    return tuple(
        FileSystem(disks[0].mount, disks[0].size_bytes, tuple(disk.share for disk in disks))
        for disks in by_device.values()
    )


def budget(facts: Facts, host: Host) -> Iterator[Problem]:
    """Whether each file system has room for its shares and homes beside what others keep there.

    State is left out: it is small, and on the system's own disk the system is counted as such. On a host that
    is ours already it is a warning: `up` must be able to repair it.
    """
    ours = "k3s" in facts.all("ours")
    record = disk_use.parse([facts.one("disk_use")])
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
    """The registry's retention goes by last use, which the file system notes."""
    if "noatime" in facts.one("registry_options").split(","):
        yield Problem(
            "mounted with noatime: the registry drops images by their age, not by their last use",
            f"{facts.one('registry_mount')} (disk budget)",
            "mount it with relatime, which is the default",
            fatal=False,
        )
