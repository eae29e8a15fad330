"""The shares of the one file system, all sizes in bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from binder_singlenode.sizing_memory import GIB, MIB

MINIMUM_DISK_BYTES = 10 * GIB
"""k3s and the images of the release take about 6 GiB; below this there is no room for one user's image."""

IMAGES_PERCENT = 28
REGISTRY_PERCENT = 20
BUILD_CACHE_PERCENT = 20
LOGS_PERCENT = 3
STATE_PERCENT = 7
IMAGE_GC_HIGH_PERCENT = IMAGES_PERCENT + REGISTRY_PERCENT + BUILD_CACHE_PERCENT + LOGS_PERCENT + STATE_PERCENT
IMAGE_GC_LOW_PERCENT = IMAGE_GC_HIGH_PERCENT - IMAGES_PERCENT // 2


@dataclass(frozen=True)
class DiskBudget:
    """Shares of the one file system; together 78 % of it."""

    images_bytes: int
    """containerd's images, which kubelet collects."""
    registry_bytes: int
    build_cache_bytes: int
    """dind: build cache and images built."""
    logs_bytes: int
    state_bytes: int
    """k3s' database, the hub's volume, binaries, the system."""

    @property
    def total_bytes(self) -> int:
        """The sum of the shares."""
        return (
            self.images_bytes
            + self.registry_bytes
            + self.build_cache_bytes
            + self.logs_bytes
            + self.state_bytes
        )


def disk_budget(disk_bytes: int) -> DiskBudget:
    """Five shares of one file system, under 80 % together; the rest is the distance to eviction."""
    return DiskBudget(
        images_bytes=disk_bytes * IMAGES_PERCENT // 100,
        registry_bytes=disk_bytes * REGISTRY_PERCENT // 100,
        build_cache_bytes=disk_bytes * BUILD_CACHE_PERCENT // 100,
        logs_bytes=disk_bytes * LOGS_PERCENT // 100,
        state_bytes=disk_bytes * STATE_PERCENT // 100,
    )


def without_registry(budget: DiskBudget) -> DiskBudget:
    """images.store: shared. The registry's share is the images', and the kubelet collects both."""
    return replace(budget, images_bytes=budget.images_bytes + budget.registry_bytes, registry_bytes=0)


def session_disk_bytes(disk_bytes: int) -> int:
    """What one session can write before it is stopped: a twentieth of the disk, 1 to 10 GiB.

    Without it one session fills the disk, and kubelet then evicts the others. It is a limit only:
    nothing is requested, because the disk is shared on trust as memory above the guarantee is.
    """
    return min(max(disk_bytes // 20, GIB), 10 * GIB) // MIB * MIB
