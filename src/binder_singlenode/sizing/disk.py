"""The disk budget: five shares of the host's real file systems, all sizes in bytes. Pure.

A file system gives away 78 % of itself. The five shares split it by their weights; where some of them are on
a file system of their own, those split that one. What is left (22 %) is for what sessions write, up to the
kubelet's eviction at 5 % free. docs/adr/1001 says who enforces which share, and why so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from binder_singlenode.base.units import GIB, KIB, MIB
from binder_singlenode.layout.shares import Share

PERCENT = {Share.IMAGES: 28, Share.REGISTRY: 20, Share.BUILD_CACHE: 20, Share.LOGS: 3, Share.STATE: 7}
"""Of one file system that holds all shares."""
_MERGED = (Share.IMAGES, Share.REGISTRY, Share.BUILD_CACHE)
SHARED_PERCENT = {
    **PERCENT,
    **dict.fromkeys(_MERGED, 0),
    Share.IMAGES: sum(PERCENT[share] for share in _MERGED),
}
"""images.store: shared. There is no registry, and the build cache's layers lie among the images."""
BUDGET_PERCENT = sum(PERCENT.values())

CAP_PERCENT = {Share.LOGS: 50, Share.STATE: 50}
"""Where these are apart from the large shares, it is mostly on the system's own disk: it keeps half of it."""

MINIMUM_DISK_BYTES = 10 * GIB
"""k3s and the images of the release take about 6 GiB; below this there is no room for one user's image."""

FULL_FREE_PERCENT = 10
"""A disk with less than this free is full: no launch begins. The kubelet evicts sessions at 5 %."""

CONTAINER_LOG_FILES = 3
CONTAINER_LOG_LIMIT_BYTES = 10 * MIB


def percent_of(store: str) -> Mapping[Share, int]:
    """The shares' weights for a value of images.store."""
    return SHARED_PERCENT if store == "shared" else PERCENT


@dataclass(frozen=True)
class FileSystem:
    """One file system, by the place it is mounted at, and the shares that lie on it."""

    mount: str
    size_bytes: int
    """What can be used: without the blocks that are reserved for root."""
    shares: tuple[Share, ...] = tuple(Share)
    homes_bytes: int = 0
    """What the homes of mode persistent may take of it: the shares split the rest of its 78 %."""

    @property
    def minimum_bytes(self) -> int:
        """The least it can be: its part of the least disk, and room for its homes."""
        least = MINIMUM_DISK_BYTES * sum(PERCENT[share] for share in self.shares) // BUDGET_PERCENT
        return least + math.ceil(self.homes_bytes * 100 / BUDGET_PERCENT)

    @property
    def shared_bytes(self) -> int:
        """What its shares are together, where none of them is capped."""
        return max(self.size_bytes * BUDGET_PERCENT // 100 - self.homes_bytes, 0)


@dataclass(frozen=True)
class DiskBudget:
    """The file systems, split."""

    file_systems: tuple[FileSystem, ...]
    percent: Mapping[Share, int] = field(default_factory=lambda: PERCENT)

    def home_of(self, share: Share) -> FileSystem:
        """The file system that holds a share."""
        return next(each for each in self.file_systems if share in each.shares)

    def bytes_of(self, share: Share) -> int:
        """One share."""
        home = self.home_of(share)
        weights = sum(self.percent[each] for each in home.shares) or 1  # their own disk, in the shared store
        split = home.shared_bytes * self.percent[share] // weights
        return min(split, home.size_bytes * CAP_PERCENT.get(share, 100) // 100)

    @property
    def shared_cache_bytes(self) -> int:
        """What dockerd may keep of layers for later builds in the shared store: of the images' share the part
        that the build cache would have beside them."""
        return self.bytes_of(Share.IMAGES) * PERCENT[Share.BUILD_CACHE] // SHARED_PERCENT[Share.IMAGES]

    def promised_bytes(self, home: FileSystem) -> int:
        """The sum of the shares of one file system, and its homes: at most 78 % of it."""
        return sum(self.bytes_of(share) for share in home.shares) + home.homes_bytes

    @property
    def total_bytes(self) -> int:
        """The sum of all shares."""
        return sum(map(self.bytes_of, Share))

    def as_data(self) -> dict[str, dict[str, str | int]]:
        """Each share with its bytes and the file system it lies on, for programs."""
        return {share: {"bytes": self.bytes_of(share), "mount": self.home_of(share).mount} for share in Share}

    @property
    def image_gc_high_percent(self) -> int:
        """Where the kubelet starts to collect images, in percent of their whole file system.

        The kubelet can't be told how much images may take, only how full their disk may be. So it starts when
        all shares and homes on that disk are full: the others have enforcers of their own, and what is above
        is images.
        (It counts what ext4 keeps for root as used, and so starts one percent early.)
        """
        home = self.home_of(Share.IMAGES)
        return math.ceil(100 * self.promised_bytes(home) / home.size_bytes)

    @property
    def image_gc_low_percent(self) -> int:
        """Where it stops: half of what is the images' share beside a registry is free again.

        It is the same without one: another kubelet setting would restart k3s with each change of the store.
        """
        images, home = DiskBudget(self.file_systems).bytes_of(Share.IMAGES), self.home_of(Share.IMAGES)
        return self.image_gc_high_percent - 50 * images // home.size_bytes

    @property
    def journal_bytes(self) -> int:
        """systemd's journal: a quarter of the logs."""
        return self.bytes_of(Share.LOGS) // 4 // MIB * MIB

    @property
    def access_log_bytes(self) -> int:
        """The entry's log, before it loses its older half: a quarter of the logs."""
        return self.bytes_of(Share.LOGS) // 4

    def container_log_bytes(self, max_pods: int) -> int:
        """One log file of one container: with every pod there, all are three eighths of the logs."""
        each = self.bytes_of(Share.LOGS) * 3 // 8 // (CONTAINER_LOG_FILES * max_pods)
        return min(max(each // KIB, 64) * KIB, CONTAINER_LOG_LIMIT_BYTES)

    @property
    def session_disk_bytes(self) -> int:
        """What one session can write before it is stopped: a twentieth of the images' disk, 1 to 10 GiB.

        Without it one session fills the disk, and the kubelet then evicts the others. It is a limit only:
        nothing is requested, because the disk is shared on trust as memory above the guarantee is.
        """
        size_bytes = self.home_of(Share.IMAGES).size_bytes
        return min(max(size_bytes // 20, GIB), 10 * GIB) // MIB * MIB
