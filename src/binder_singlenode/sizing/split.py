"""What a machine has, and how it is split: the input and the result of sizing/size.py."""

from __future__ import annotations

from dataclasses import dataclass

from binder_singlenode.sizing.cpu import CpuRequests
from binder_singlenode.sizing.disk import DiskBudget, FileSystem
from binder_singlenode.sizing.memory import Core


@dataclass(frozen=True)
class Machine:
    """Resources of the host: MemTotal, online CPUs, size of the file system that holds /var/lib."""

    memory_bytes: int
    cpus: int
    disk_bytes: int
    file_systems: tuple[FileSystem, ...] = ()
    """File systems with a share of the disk budget; empty: all shares are on the one of /var/lib."""

    @property
    def disks(self) -> tuple[FileSystem, ...]:
        """The file systems to split."""
        return self.file_systems or (FileSystem("/var/lib", self.disk_bytes),)


@dataclass(frozen=True)
class Memory:
    """The machine's memory, by what it is for."""

    reserved_bytes: int
    eviction_bytes: int
    allocatable_bytes: int
    core: Core
    dind_bytes: int
    dind_limit_bytes: int
    builds_bytes: int
    """Kept free for all builds: at least builds.concurrent x builds.memory_bytes."""

    @property
    def free_bytes(self) -> int:
        """Memory that is left for sessions."""
        return self.allocatable_bytes - self.core.total_bytes - self.dind_bytes - self.builds_bytes


@dataclass(frozen=True)
class Builds:
    """Builds that run at the same time."""

    concurrent: int
    memory_bytes: int
    """Request of one build pod: the memory that the scheduler keeps free for it."""
    limit_bytes: int


@dataclass(frozen=True)
class Sessions:
    """User sessions: what one gets, and how many there may be."""

    guarantee_bytes: int
    limit_bytes: int
    cpu_guarantee: float
    disk_bytes: int
    quota: int
    by_memory: int
    by_cpu: int
    per_repository: int


@dataclass(frozen=True)
class Pods:
    """Pods of the node, and their network."""

    sessions: int
    """Number of sessions that `most` is computed from: in both stores, the quota with a registry."""
    most: int
    mask: int


@dataclass(frozen=True)
class Sizing:
    """Result of `size` for one machine. Bytes are exact; percentages are of the file system."""

    machine: Machine
    memory: Memory
    builds: Builds
    sessions: Sessions
    cpu: CpuRequests
    pods: Pods
    disk: DiskBudget
    homes_bytes: int
    """Space for users' homes in mode persistent; subtracted from the disk before the split."""
