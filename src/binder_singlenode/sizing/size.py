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

from typing import TYPE_CHECKING

from binder_singlenode.sizing import cpu as cpu_rules
from binder_singlenode.sizing import homes
from binder_singlenode.sizing import limits as fits
from binder_singlenode.sizing import memory as memory_rules
from binder_singlenode.sizing import pods as pod_rules
from binder_singlenode.sizing.cpu import CpuRequests
from binder_singlenode.sizing.disk import DiskBudget, percent_of
from binder_singlenode.sizing.split import Builds, Machine, Memory, Pods, Sessions, Sizing

if TYPE_CHECKING:
    from binder_singlenode.config import Host

__all__ = ["Machine", "Sizing", "size"]

MOST_PER_REPOSITORY = 100
"""Sessions of one repository when the host file has no number: as on mybinder.org."""


def size(machine: Machine, host: Host) -> Sizing:
    """Split `machine` for `host`. Raises SizingError when two sessions, the pods or the disk do not fit."""
    builds, builds_bytes = _builds(machine, host)
    memory = _memory(machine, host, builds_bytes)
    cpu = cpu_rules.cpu_requests(machine.cpus, registry=_has_registry(host))
    disk = _disk(machine, host)
    sessions = _sessions(machine, host, memory, cpu, disk)
    return Sizing(
        machine=machine,
        memory=memory,
        builds=builds,
        sessions=sessions,
        cpu=cpu,
        pods=_pods(machine, host, memory, builds, sessions.quota),
        disk=disk,
        homes_bytes=homes.promised_bytes(host),
    )


def _has_registry(host: Host) -> bool:
    return host.images.store == "registry"


def _builds(machine: Machine, host: Host) -> tuple[Builds, int]:
    """The builds, and the memory that is kept free for all of them."""
    limit = host.builds.memory_limit_bytes
    one = memory_rules.build_bytes(machine.memory_bytes, limit)
    total, concurrent = memory_rules.builds(machine.memory_bytes, one, host.builds.concurrent)
    at_once = min(concurrent, cpu_rules.builds_at_most(machine.cpus, host.builds.concurrent))
    return Builds(at_once, one, limit), total


def _memory(machine: Machine, host: Host, builds_bytes: int) -> Memory:
    total = machine.memory_bytes
    reserved = host.node.reserved_memory_bytes or memory_rules.reserved_bytes(total)
    eviction = memory_rules.eviction_bytes(total)
    dind = memory_rules.dind_bytes(total)
    return Memory(
        reserved_bytes=reserved,
        eviction_bytes=eviction,
        allocatable_bytes=total - reserved - eviction,
        core=memory_rules.core(total, registry=_has_registry(host)),
        dind_bytes=dind,
        dind_limit_bytes=memory_rules.dind_limit_bytes(total, dind),
        builds_bytes=builds_bytes,
    )


def _sessions(machine: Machine, host: Host, memory: Memory, cpu: CpuRequests, disk: DiskBudget) -> Sessions:
    asked = host.sessions
    by_memory = max(0, memory.free_bytes // asked.memory_guarantee_bytes)
    at_once = cpu_rules.builds_at_most(machine.cpus, host.builds.concurrent)
    by_cpu = cpu_rules.sessions_by_cpu(machine.cpus, cpu, at_once, asked.cpu_guarantee)
    quota = fits.quota(machine, host, memory, by_memory, by_cpu)
    return Sessions(
        guarantee_bytes=asked.memory_guarantee_bytes,
        limit_bytes=asked.memory_limit_bytes,
        cpu_guarantee=asked.cpu_guarantee,
        disk_bytes=disk.session_disk_bytes,
        quota=quota,
        by_memory=by_memory,
        by_cpu=by_cpu,
        per_repository=min(quota, asked.per_repository or default_per_repository(quota)),
    )


def default_per_repository(quota: int) -> int:
    """Sessions of one repository when the host file has no number: half of the quota, 1 to 100."""
    return max(1, min(quota // 2, MOST_PER_REPOSITORY))


def _pods(machine: Machine, host: Host, memory: Memory, builds: Builds, quota: int) -> Pods:
    sessions = quota
    if not _has_registry(host) and host.sessions.quota is None:
        sessions = pod_rules.housed(machine.memory_bytes, machine.cpus, host, memory.free_bytes)
    most = fits.max_pods(host.node.max_pods, sessions, builds.concurrent)
    return Pods(sessions, most, fits.pod_mask(most, host.network.pod_cidr))


def _disk(machine: Machine, host: Host) -> DiskBudget:
    disks = homes.beside(machine.disks, host)
    homes.check_room(disks)
    return fits.disk(disks, percent_of(host.images.store))
