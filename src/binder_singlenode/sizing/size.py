"""Number of sessions, builds and pods that fit on a machine. Pure arithmetic, without access to a host.

    size(machine, host) -> Sizing        or SizingError, stating the shortage

The memory of the machine is split into six parts that never overlap:

    MemTotal = reserved (system, k3s) + eviction (kubelet's hard threshold)
             + core (binder, hub, proxy, registry if there is one, coredns, metrics-server) + dind + builds
             + quota x guarantee + a rest smaller than one guarantee

The rules for each part, with their sources, are in memory.py; those for CPUs, pods and the disk are in
cpu.py, pods.py and disk.py. limits.py refuses what does not fit. `values/helm_values.py` sets exactly these
requests, so Kubernetes' scheduler uses the same numbers: a session within the quota always fits, and never
stays Pending.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from binder_singlenode.base.units import parse_jupyterhub_bytes, parse_kubernetes_bytes
from binder_singlenode.sizing import cpu as cpu_rules
from binder_singlenode.sizing import homes
from binder_singlenode.sizing import limits as fits
from binder_singlenode.sizing import memory as memory_rules
from binder_singlenode.sizing import pods as pod_rules
from binder_singlenode.sizing.cpu import CpuRequests
from binder_singlenode.sizing.disk import DiskBudget, FileSystem, percent_of
from binder_singlenode.sizing.memory import Core

if TYPE_CHECKING:
    from binder_singlenode.config import Host

__all__ = ["Core", "CpuRequests", "DiskBudget", "FileSystem", "Machine", "Sizing", "size"]


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
class Sizing:
    """Result of `size` for one machine. Bytes are exact; percentages are of the file system."""

    machine: Machine
    reserved_bytes: int
    eviction_bytes: int
    allocatable_bytes: int
    core: Core
    core_bytes: int
    dind_bytes: int
    dind_limit_bytes: int
    dind_cpu_limit: int
    concurrent_builds: int
    build_memory_bytes: int
    """Request of one build pod: the memory that the scheduler keeps free for it."""
    build_limit_bytes: int
    builds_bytes: int
    """Kept free for all builds: at least concurrent_builds x build_memory_bytes."""
    guarantee_bytes: int
    limit_bytes: int
    cpu: CpuRequests
    cpu_guarantee: float
    quota: int
    quota_by_memory: int
    quota_by_cpu: int
    housed: int
    """Number of sessions that max_pods is computed from: in both stores, the quota with a registry."""
    per_repository: int
    max_pods: int
    pod_mask: int
    disk: DiskBudget
    homes_bytes: int
    """Space for users' homes in mode persistent; subtracted from the disk before the split."""
    session_disk_bytes: int

    @property
    def free_bytes(self) -> int:
        """Memory that is left for sessions."""
        return self.allocatable_bytes - self.core_bytes - self.dind_bytes - self.builds_bytes


def size(machine: Machine, host: Host) -> Sizing:
    """Split `machine` for `host`. Raises SizingError when two sessions, the pods or the disk do not fit."""
    memory = machine.memory_bytes
    asked = host.node.reserved_memory
    reserved = parse_kubernetes_bytes(asked) if asked else memory_rules.reserved_bytes(memory)
    eviction = memory_rules.eviction_bytes(memory)
    registry = host.images.store == "registry"
    core = memory_rules.core(memory, registry=registry)
    dind = memory_rules.dind_bytes(memory)
    build_limit = parse_kubernetes_bytes(host.builds.memory_limit)
    build = memory_rules.build_bytes(memory, build_limit)
    builds_bytes, builds = memory_rules.builds(memory, build, host.builds.concurrent)
    guarantee = parse_jupyterhub_bytes(host.sessions.memory_guarantee)
    limit = parse_jupyterhub_bytes(host.sessions.memory_limit)
    allocatable = memory - reserved - eviction
    free = allocatable - core.total_bytes - dind - builds_bytes
    cpu = cpu_rules.cpu_requests(machine.cpus, registry=registry)
    by_memory = max(0, free // guarantee)
    by_cpu = cpu_rules.sessions_by_cpu(machine.cpus, cpu, builds, host.sessions.cpu_guarantee)
    quota = fits.quota(host.sessions.quota, by_memory, by_cpu, free, guarantee)
    alike = registry or host.sessions.quota is not None
    housed = quota if alike else pod_rules.housed(memory, machine.cpus, host, free, builds)
    max_pods = fits.max_pods(host.node.max_pods, housed, builds)
    disks = homes.beside(machine.disks, host)
    homes.check_room(disks)
    disk = fits.disk(disks, percent_of(host.images.store))
    return Sizing(
        machine=machine,
        reserved_bytes=reserved,
        eviction_bytes=eviction,
        allocatable_bytes=allocatable,
        core=core,
        core_bytes=core.total_bytes,
        dind_bytes=dind,
        dind_limit_bytes=memory_rules.dind_limit_bytes(memory, dind),
        dind_cpu_limit=cpu_rules.dind_cpu_limit(machine.cpus),
        concurrent_builds=builds,
        build_memory_bytes=build,
        build_limit_bytes=build_limit,
        builds_bytes=builds_bytes,
        guarantee_bytes=guarantee,
        limit_bytes=limit,
        cpu=cpu,
        cpu_guarantee=host.sessions.cpu_guarantee,
        quota=quota,
        quota_by_memory=by_memory,
        quota_by_cpu=by_cpu,
        housed=housed,
        per_repository=min(host.sessions.per_repository, math.ceil(quota / 2)),
        max_pods=max_pods,
        pod_mask=fits.pod_mask(max_pods, host.network.pod_cidr),
        disk=disk,
        homes_bytes=homes.promised_bytes(host),
        session_disk_bytes=disk.session_disk_bytes,
    )
