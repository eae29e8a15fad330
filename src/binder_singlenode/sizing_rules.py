"""The rules behind sizing.py, one function a part. All sizes in bytes, all CPUs in cores.

Where the numbers come from
    (M) the values of mybinder.org's single-node members and the ratios they settled on
    (I) anonymous memory of idle components, measured on a single node with the real charts:
        hub 160, binder 109, proxy 21, coredns 16, registry 12 MiB; control plane and containerd 670 MiB
    (K) k3s' own manifests, and the kubelet's defaults

Small machines. Members of the federation have 90 GB and more; their requests (M) alone would fill an
8 GiB machine. So every *request* below is interpolated: (I) plus some air at 4 GiB of memory and below,
(M) at 16 GiB and above, a straight line between. *Limits* never shrink: a hub that needs its 1 GiB for a
minute gets it. Each straight line is gentler than memory's own, which is why more memory never means
fewer sessions.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass

MIB = 1024**2
GIB = 1024**3

SMALL_BYTES = 4 * GIB
FULL_BYTES = 16 * GIB

BINDER_LIMIT_BYTES = 1 * GIB
HUB_LIMIT_BYTES = 1 * GIB
PROXY_LIMIT_BYTES = 320 * MIB
REGISTRY_LIMIT_BYTES = 512 * MIB

COREDNS_BYTES = 70 * MIB
METRICS_SERVER_BYTES = 70 * MIB

CORE_PODS = 30
"""Everything that is neither session nor build: binder twice in an upgrade, hub, proxy, dind, registry,
coredns, metrics-server, local-path, helper jobs, and room for monitoring (M: 25 to 30)."""

KUBELET_DEFAULT_PODS = 110
UNBOUNDED = 10**6
"""Sessions by CPU when a session asks for none: the memory decides."""

NETWORK_OVERHEAD_ADDRESSES = 3
"""Network, broadcast and bridge address of the node's pod network."""

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
class Core:
    """Memory requests of the pods that are always there."""

    binder_bytes: int
    hub_bytes: int
    proxy_bytes: int
    registry_bytes: int
    coredns_bytes: int = COREDNS_BYTES
    metrics_server_bytes: int = METRICS_SERVER_BYTES

    @property
    def surge_bytes(self) -> int:
        """binder's Deployment has maxSurge 1 and maxUnavailable 0: an upgrade runs it twice."""
        return self.binder_bytes

    @property
    def total_bytes(self) -> int:
        """All core pods, during an upgrade."""
        always = self.binder_bytes + self.hub_bytes + self.proxy_bytes + self.registry_bytes
        return always + self.coredns_bytes + self.metrics_server_bytes + self.surge_bytes


@dataclass(frozen=True)
class CpuRequests:
    """CPU requests in cores."""

    binder: float
    hub: float
    proxy: float
    registry: float
    dind: float
    build: float
    system: float = 0.2
    """coredns and metrics-server, 0.1 each (K)."""

    @property
    def core(self) -> float:
        """All but the builds, during an upgrade (binder twice)."""
        return 2 * self.binder + self.hub + self.proxy + self.registry + self.dind + self.system


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


def between(memory_bytes: int, small_bytes: int, full_bytes: int) -> int:
    """`small_bytes` up to 4 GiB of memory, `full_bytes` from 16 GiB on, a straight line between.

    In whole MiB, rounded down, so that what a manifest says ("160Mi") is the number counted here.
    """
    part = min(max(memory_bytes - SMALL_BYTES, 0), FULL_BYTES - SMALL_BYTES)
    exact = small_bytes + (full_bytes - small_bytes) * part // (FULL_BYTES - SMALL_BYTES)
    return exact // MIB * MIB


def reserved_bytes(memory_bytes: int) -> int:
    """kubeReserved + systemReserved. (M) max(1 GiB, 5 %) + 500 MiB; small: (I) 670 MiB and a bare system."""
    full = max(GIB, memory_bytes // 20) + 500 * MIB
    return between(memory_bytes, 800 * MIB, full)


def eviction_bytes(memory_bytes: int) -> int:
    """evictionHard memory.available: kubelet's own 100 MiB when small (K), 500 MiB in full (M)."""
    return between(memory_bytes, 100 * MIB, 500 * MIB)


def core(memory_bytes: int) -> Core:
    """Requests of the core pods: (I) and a half more when small, (M) in full."""
    return Core(
        binder_bytes=between(memory_bytes, 160 * MIB, GIB),
        hub_bytes=between(memory_bytes, 240 * MIB, GIB),
        proxy_bytes=between(memory_bytes, 48 * MIB, 320 * MIB),
        registry_bytes=between(memory_bytes, 48 * MIB, 512 * MIB),
    )


def dind_bytes(memory_bytes: int) -> int:
    """Request of the docker daemon that builds: (M) a tenth of memory, 1 to 16 GiB; small: 512 MiB."""
    full = min(max(memory_bytes // 10, GIB), 16 * GIB)
    return between(memory_bytes, 512 * MIB, full)


def dind_limit_bytes(memory_bytes: int, request_bytes: int) -> int:
    """Limit of dind: (M) 4/3 of the request, but never below a quarter of memory (at most 4 GiB).

    The steps of a build run inside dind, so this is what bounds a build that eats memory.
    """
    limit = max(request_bytes * 4 // 3, min(4 * GIB, memory_bytes // 4))
    return limit // MIB * MIB


def build_bytes(memory_bytes: int, limit_bytes: int) -> int:
    """Request of one build pod: its limit in full (M); 256 MiB when small.

    The pod only holds repo2docker, the work is done in dind; the request holds memory free for that work.
    """
    return between(memory_bytes, min(256 * MIB, limit_bytes), limit_bytes)


def builds(memory_bytes: int, build_memory_bytes: int, asked: int | None) -> tuple[int, int]:
    """(memory kept for builds, builds at once): one build, and an eighth of what is above 16 GiB; at most 8.

    (M) one build per 16 GB. The eighth is kept whole, not rounded to builds: otherwise one more build at
    32 GB would take two sessions away, and a larger machine would carry fewer people than a smaller one.
    """
    if asked is not None:
        return asked * build_memory_bytes, asked
    more = max(0, memory_bytes - FULL_BYTES) // 8
    kept = min(build_memory_bytes + more, 8 * build_memory_bytes)
    return kept, kept // build_memory_bytes


def dind_cpu_limit(cpus: int) -> int:
    """CPUs that builds can take: (M) 4 to 8 on large members, three quarters of the cores on small ones."""
    return min(8, max(1, cpus * 3 // 4))


def session_disk_bytes(disk_bytes: int) -> int:
    """What one session can write before it is stopped: a twentieth of the disk, 1 to 10 GiB.

    Without it one session fills the disk, and kubelet then evicts the others. It is a limit only:
    nothing is requested, because the disk is shared on trust as memory above the guarantee is.
    """
    return min(max(disk_bytes // 20, GIB), 10 * GIB) // MIB * MIB


def cpu_requests(cpus: int) -> CpuRequests:
    """CPU requests: (M) from 8 cores on, and as much less as there are fewer cores, down to a quarter."""
    part = min(max(cpus / 8, 0.25), 1.0)
    return CpuRequests(
        binder=_cores(0.25 * part),
        hub=_cores(0.25 * part),
        proxy=_cores(0.1 * part),
        registry=_cores(0.1 * part),
        dind=_cores(0.5 * part),
        build=_cores(0.1 * part),
    )


def _cores(value: float) -> float:
    """Rounded down to whole millicores, the unit of Kubernetes."""
    return math.floor(value * 1000) / 1000


def sessions_by_cpu(cpus: int, requests: CpuRequests, builds_at_once: int, guarantee: float) -> int:
    """How many sessions the CPUs carry; a guarantee of 0 sets no bound (the memory does)."""
    free_millis = round((cpus - requests.core - builds_at_once * requests.build) * 1000)
    if guarantee <= 0:
        return UNBOUNDED if free_millis >= 0 else 0
    return max(0, free_millis // max(1, round(guarantee * 1000)))


def pods_needed(quota: int, builds_at_once: int) -> int:
    """Sessions, builds, core, and a tenth of the sessions still terminating."""
    return quota + builds_at_once + CORE_PODS + math.ceil(quota / 10)


def addresses_needed(max_pods: int) -> int:
    """Addresses for `max_pods` pods: an address is given back later than its pod goes, hence a tenth more."""
    return max_pods + math.ceil(max_pods / 10) + NETWORK_OVERHEAD_ADDRESSES


def pod_mask(max_pods: int, pod_cidr: str) -> int | None:
    """Prefix length of the node's pod network, or None when `pod_cidr` is too small.

    A node keeps its mask for life, so it is chosen for twice the pods where pod_cidr has the room:
    the machine can grow to twice its size. Never longer than /24, Kubernetes' default.
    """
    prefix = ipaddress.ip_network(pod_cidr).prefixlen
    needed = addresses_needed(max_pods)
    if 2 ** (32 - prefix) < needed:
        return None
    roomy = 32 - math.ceil(math.log2(2 * needed))
    return max(min(roomy, 24), prefix)


def disk_budget(disk_bytes: int) -> DiskBudget:
    """Five shares of one file system, under 80 % together; the rest is the distance to eviction."""
    return DiskBudget(
        images_bytes=disk_bytes * IMAGES_PERCENT // 100,
        registry_bytes=disk_bytes * REGISTRY_PERCENT // 100,
        build_cache_bytes=disk_bytes * BUILD_CACHE_PERCENT // 100,
        logs_bytes=disk_bytes * LOGS_PERCENT // 100,
        state_bytes=disk_bytes * STATE_PERCENT // 100,
    )
