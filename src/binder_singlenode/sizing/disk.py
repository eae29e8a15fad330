"""The disk budget: five shares of the host's file systems, all sizes in bytes. Pure functions.

The shares get 78 % of a file system and split it by their weights. Shares on a separate file system split
that one in the same way. The other 22 % are for data that sessions write, until the kubelet evicts pods at
5 % free. docs/adr/1001 explains what enforces each share, and why.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from binder_singlenode.base.units import GIB, KIB, MIB
from binder_singlenode.layout.shares import Share

PERCENT = {Share.IMAGES: 28, Share.REGISTRY: 20, Share.BUILD_CACHE: 20, Share.LOGS: 3, Share.STATE: 7}
"""Weights, in percent of a file system that holds all shares."""
_MERGED = (Share.IMAGES, Share.REGISTRY, Share.BUILD_CACHE)
SHARED_PERCENT = {
    **PERCENT,
    **dict.fromkeys(_MERGED, 0),
    Share.IMAGES: sum(PERCENT[share] for share in _MERGED),
}
"""Weights with images.store: shared. There is no registry; the build cache is stored with the images."""
BUDGET_PERCENT = sum(PERCENT.values())

CAP_PERCENT = {Share.LOGS: 50, Share.STATE: 50}
"""Upper limit of one share, in percent of its file system. Without the large shares, that is usually the
system disk, and the system needs the rest."""

MINIMUM_DISK_BYTES = 10 * GIB
"""k3s and the release's images take about 6 GiB; a smaller disk has no room for even one user's image."""

FULL_FREE_PERCENT = 10
"""With less free space, BinderHub refuses launches. The kubelet evicts sessions at 5 %."""

CONTAINER_LOG_FILES = 3
CONTAINER_LOG_LIMIT_BYTES = 10 * MIB


def percent_of(store: str) -> Mapping[Share, int]:
    """The shares' weights for a value of images.store."""
    return SHARED_PERCENT if store == "shared" else PERCENT


@dataclass(frozen=True)
class FileSystem:
    """One file system: its mount point, its size and its shares."""

    mount: str
    size_bytes: int
    """Usable size, without the blocks that are reserved for root."""
    shares: tuple[Share, ...] = tuple(Share)
    homes_bytes: int = 0
    """Space for the homes of mode persistent; the shares split the rest of the 78 %."""

    @property
    def minimum_bytes(self) -> int:
        """Minimum size: its part of MINIMUM_DISK_BYTES, and room for its homes."""
        least = MINIMUM_DISK_BYTES * sum(PERCENT[share] for share in self.shares) // BUDGET_PERCENT
        return least + math.ceil(self.homes_bytes * 100 / BUDGET_PERCENT)

    @property
    def shared_bytes(self) -> int:
        """Sum of its shares, before CAP_PERCENT is applied."""
        return max(self.size_bytes * BUDGET_PERCENT // 100 - self.homes_bytes, 0)


@dataclass(frozen=True)
class DiskBudget:
    """The file systems and the weights of the shares on them."""

    file_systems: tuple[FileSystem, ...]
    percent: Mapping[Share, int] = field(default_factory=lambda: PERCENT)

    def home_of(self, share: Share) -> FileSystem:
        """The file system that holds a share."""
        return next(each for each in self.file_systems if share in each.shares)

    def bytes_of(self, share: Share) -> int:
        """Size of `share`, limited by CAP_PERCENT."""
        home = self.home_of(share)
        # In the shared store the weights are all 0 on a disk with only the registry and the build cache.
        weights = sum(self.percent[each] for each in home.shares) or 1
        split = home.shared_bytes * self.percent[share] // weights
        return min(split, home.size_bytes * CAP_PERCENT.get(share, 100) // 100)

    @property
    def shared_cache_bytes(self) -> int:
        """Limit of dockerd's build cache in the shared store: the build cache's part of the images' share, by
        the weights of PERCENT."""
        return self.bytes_of(Share.IMAGES) * PERCENT[Share.BUILD_CACHE] // SHARED_PERCENT[Share.IMAGES]

    def promised_bytes(self, home: FileSystem) -> int:
        """Sum of the shares and homes on one file system: at most 78 % of it."""
        return sum(self.bytes_of(share) for share in home.shares) + home.homes_bytes

    @property
    def total_bytes(self) -> int:
        """The sum of all shares."""
        return sum(map(self.bytes_of, Share))

    def as_data(self) -> dict[str, dict[str, str | int]]:
        """Size and mount point of each share, for machine-readable output."""
        return {share: {"bytes": self.bytes_of(share), "mount": self.home_of(share).mount} for share in Share}

    @property
    def image_gc_high_percent(self) -> int:
        """Disk usage at which the kubelet starts to delete images, in percent of their whole file system.

        The kubelet has no limit for the size of images, only for the usage of their file system. So it starts
        when all shares and homes on that file system are full: the other shares have their own limits, and
        any usage above the sum is images.
        (The kubelet counts ext4's blocks reserved for root as used, and so starts one percent early.)
        """
        home = self.home_of(Share.IMAGES)
        return math.ceil(100 * self.promised_bytes(home) / home.size_bytes)

    @property
    def image_gc_low_percent(self) -> int:
        """Disk usage at which the kubelet stops: half of the images' share (by PERCENT) is free again.

        The shared store has the same value, because a changed kubelet setting would restart k3s at each
        change of images.store.
        """
        images, home = DiskBudget(self.file_systems).bytes_of(Share.IMAGES), self.home_of(Share.IMAGES)
        return self.image_gc_high_percent - 50 * images // home.size_bytes

    @property
    def journal_bytes(self) -> int:
        """Limit of systemd's journal: a quarter of the logs' share."""
        return self.bytes_of(Share.LOGS) // 4 // MIB * MIB

    @property
    def access_log_bytes(self) -> int:
        """Size at which the older half of the entry's log is deleted: a quarter of the logs' share."""
        return self.bytes_of(Share.LOGS) // 4

    def container_log_bytes(self, max_pods: int) -> int:
        """Limit of one container log file: those of `max_pods` pods take three eighths of the logs' share."""
        each = self.bytes_of(Share.LOGS) * 3 // 8 // (CONTAINER_LOG_FILES * max_pods)
        return min(max(each // KIB, 64) * KIB, CONTAINER_LOG_LIMIT_BYTES)

    @property
    def session_disk_bytes(self) -> int:
        """What one session can write before it is stopped: a twentieth of the images' disk, 1 to 10 GiB.

        Without a limit one session could fill the disk, and the kubelet would evict the others. There is no
        request: as with memory above the guarantee, the sessions share the disk without a reservation.
        """
        size_bytes = self.home_of(Share.IMAGES).size_bytes
        return min(max(size_bytes // 20, GIB), 10 * GIB) // MIB * MIB
