"""CPU requests in cores, and the number of sessions that fit on the CPUs. (M), (K): see memory.py."""

from __future__ import annotations

import math
from dataclasses import dataclass

UNBOUNDED = 10**6
"""Sessions by CPU when a session requests no CPU: only memory limits their number."""


@dataclass(frozen=True)
class CpuRequests:
    """CPU requests in cores."""

    binder: float
    hub: float
    proxy: float
    registry: float
    """0 with images.store: shared."""
    dind: float
    build: float
    dind_limit: int
    """CPU limit of all builds together."""
    system: float = 0.2
    """coredns and metrics-server, 0.1 each (K)."""

    @property
    def core(self) -> float:
        """All requests except the builds', during an upgrade (two binder pods)."""
        return 2 * self.binder + self.hub + self.proxy + self.registry + self.dind + self.system


def cpu_requests(cpus: int, *, registry: bool) -> CpuRequests:
    """CPU requests: (M) from 8 cores on; below that in proportion to the cores, but at least a quarter."""
    part = _part(cpus)
    return CpuRequests(
        binder=_cores(0.25 * part),
        hub=_cores(0.25 * part),
        proxy=_cores(0.1 * part),
        registry=registry_cores(cpus) if registry else 0.0,
        dind=_cores(0.5 * part),
        build=_cores(0.1 * part),
        dind_limit=dind_cpu_limit(cpus),
    )


def registry_cores(cpus: int) -> float:
    """CPU request of the registry, if there is one."""
    return _cores(0.1 * _part(cpus))


def _part(cpus: int) -> float:
    """Fraction of a large machine's requests: 0.25 to 1."""
    return min(max(cpus / 8, 0.25), 1.0)


def _cores(value: float) -> float:
    """Round down to whole millicores, Kubernetes' unit."""
    return math.floor(value * 1000) / 1000


def dind_cpu_limit(cpus: int) -> int:
    """CPU limit of builds: (M) 4 to 8 on large members; three quarters of the cores on small machines."""
    return min(8, max(1, cpus * 3 // 4))


def builds_at_most(cpus: int, asked: int | None) -> int:
    """Maximum of concurrent builds on these CPUs: `asked`, or one per CPU and at most 8 (M).

    CPU time is kept free for this many builds, also when memory allows fewer: otherwise the sessions would
    get less CPU on a machine with more memory, and such a machine would hold fewer of them.
    """
    return asked if asked is not None else min(8, max(1, cpus))


def sessions_by_cpu(cpus: int, requests: CpuRequests, builds_at_once: int, guarantee: float) -> int:
    """Number of sessions that fit on the CPUs; with a guarantee of 0 only memory limits it."""
    free_millis = round((cpus - requests.core - builds_at_once * requests.build) * 1000)
    if guarantee <= 0:
        return UNBOUNDED if free_millis >= 0 else 0
    return max(0, free_millis // max(1, round(guarantee * 1000)))
