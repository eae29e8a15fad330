"""How the memory is split, one function a part. All sizes in bytes.

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

from dataclasses import dataclass

from binder_singlenode.base.units import GIB, MIB

SMALL_BYTES = 4 * GIB
FULL_BYTES = 16 * GIB

BINDER_LIMIT_BYTES = 1 * GIB
HUB_LIMIT_BYTES = 1 * GIB
PROXY_LIMIT_BYTES = 320 * MIB

COREDNS_BYTES = 70 * MIB
METRICS_SERVER_BYTES = 70 * MIB


@dataclass(frozen=True)
class Core:
    """Memory requests of the pods that are always there."""

    binder_bytes: int
    hub_bytes: int
    proxy_bytes: int
    registry_bytes: int
    """0 with images.store: shared."""
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


def registry_bytes(memory_bytes: int) -> int:
    """Request of the registry, where there is one: (I) and air when small, (M) in full."""
    return between(memory_bytes, 48 * MIB, 512 * MIB)


def core(memory_bytes: int, *, registry: bool) -> Core:
    """Requests of the core pods: (I) and a half more when small, (M) in full."""
    return Core(
        binder_bytes=between(memory_bytes, 160 * MIB, GIB),
        hub_bytes=between(memory_bytes, 240 * MIB, GIB),
        proxy_bytes=between(memory_bytes, 48 * MIB, 320 * MIB),
        registry_bytes=registry_bytes(memory_bytes) if registry else 0,
    )


def dind_bytes(memory_bytes: int) -> int:
    """Request of the docker daemon that builds: (M) a tenth of memory, 1 to 16 GiB; small: 512 MiB."""
    full = min(max(memory_bytes // 10, GIB), 16 * GIB)
    return between(memory_bytes, 512 * MIB, full)


def dind_limit_bytes(memory_bytes: int, request_bytes: int) -> int:
    """Limit of dind: (M) 4/3 of the request, but never below a quarter of memory (at most 4 GiB).

    All builds together get as much again, in a group of their own (deploy/steps/build_limits.py):
    memory is promised to nobody by a limit.
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
