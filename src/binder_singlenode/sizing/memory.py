"""Split of the memory, one function per part. All sizes in bytes.

Where the numbers come from
    (M) the values of mybinder.org's single-node members, and the ratios they use
    (I) anonymous memory of idle components, measured on a single node with the real charts:
        hub 160, binder 109, proxy 21, coredns 16, registry 12 MiB; control plane and containerd 670 MiB
    (K) k3s' own manifests, and the kubelet's defaults

Small machines. Members of the federation have 90 GB and more; their requests (M) alone would fill an
8 GiB machine. So every *request* below is interpolated: (I) plus a margin at 4 GiB of memory and below
("small"), (M) at 16 GiB and above ("in full"), linear in between. *Limits* are not reduced: a hub that needs
its 1 GiB for a minute gets it. Each request grows more slowly than the memory, so more memory never means
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
    """Memory requests of the pods that always run."""

    binder_bytes: int
    hub_bytes: int
    proxy_bytes: int
    registry_bytes: int
    """0 with images.store: shared."""
    coredns_bytes: int = COREDNS_BYTES
    metrics_server_bytes: int = METRICS_SERVER_BYTES

    @property
    def surge_bytes(self) -> int:
        """The second binder pod during an upgrade: its Deployment has maxSurge 1 and maxUnavailable 0."""
        return self.binder_bytes

    @property
    def total_bytes(self) -> int:
        """All core pods, during an upgrade."""
        always = self.binder_bytes + self.hub_bytes + self.proxy_bytes + self.registry_bytes
        return always + self.coredns_bytes + self.metrics_server_bytes + self.surge_bytes


def between(memory_bytes: int, small_bytes: int, full_bytes: int) -> int:
    """`small_bytes` up to 4 GiB of memory, `full_bytes` from 16 GiB on, linear in between.

    Rounded down to whole MiB, so that the value in a manifest ("160Mi") equals the number used here.
    """
    part = min(max(memory_bytes - SMALL_BYTES, 0), FULL_BYTES - SMALL_BYTES)
    exact = small_bytes + (full_bytes - small_bytes) * part // (FULL_BYTES - SMALL_BYTES)
    return exact // MIB * MIB


def reserved_bytes(memory_bytes: int) -> int:
    """kubeReserved + systemReserved. (M) max(1 GiB, 5 %) + 500 MiB; small: (I) 670 MiB and a minimal OS."""
    full = max(GIB, memory_bytes // 20) + 500 * MIB
    return between(memory_bytes, 800 * MIB, full)


def eviction_bytes(memory_bytes: int) -> int:
    """evictionHard memory.available: the kubelet's default 100 MiB when small (K), 500 MiB in full (M)."""
    return between(memory_bytes, 100 * MIB, 500 * MIB)


def registry_bytes(memory_bytes: int) -> int:
    """Request of the registry, if there is one: (I) plus a margin when small, (M) in full."""
    return between(memory_bytes, 48 * MIB, 512 * MIB)


def core(memory_bytes: int, *, registry: bool) -> Core:
    """Requests of the core pods: at least about 1.5 x (I) when small, (M) in full."""
    return Core(
        binder_bytes=between(memory_bytes, 160 * MIB, GIB),
        hub_bytes=between(memory_bytes, 240 * MIB, GIB),
        proxy_bytes=between(memory_bytes, 48 * MIB, 320 * MIB),
        registry_bytes=registry_bytes(memory_bytes) if registry else 0,
    )


def dind_bytes(memory_bytes: int) -> int:
    """Request of the Docker daemon that builds images: (M) a tenth of memory, 1 to 16 GiB; small: 512 MiB."""
    full = min(max(memory_bytes // 10, GIB), 16 * GIB)
    return between(memory_bytes, 512 * MIB, full)


def dind_limit_bytes(memory_bytes: int, request_bytes: int) -> int:
    """Limit of dind: (M) 4/3 of the request, but never below a quarter of memory (at most 4 GiB).

    All builds together get the same limit once more, in a separate cgroup (deploy/steps/build_limits.py).
    This is possible because a limit reserves no memory.
    """
    limit = max(request_bytes * 4 // 3, min(4 * GIB, memory_bytes // 4))
    return limit // MIB * MIB


def build_bytes(memory_bytes: int, limit_bytes: int) -> int:
    """Request of one build pod: its limit in full (M), but at most a quarter of memory; 256 MiB when small.

    The pod runs only repo2docker; the build itself runs in dind. The request keeps memory free for it.
    """
    most_bytes = max(memory_bytes // 4, MIB)
    return min(between(memory_bytes, min(256 * MIB, limit_bytes), limit_bytes), most_bytes)


def builds(memory_bytes: int, build_memory_bytes: int, asked: int | None) -> tuple[int, int]:
    """(memory for builds, concurrent builds): one build, and an eighth of memory above 16 GiB; at most 8.

    (M) one build per 16 GB. The eighth is not rounded to whole builds: otherwise one more build at 32 GB
    would take the memory of two sessions, and a larger machine would hold fewer sessions than a smaller one.
    """
    if asked is not None:
        return asked * build_memory_bytes, asked
    more = max(0, memory_bytes - FULL_BYTES) // 8
    kept = min(build_memory_bytes + more, 8 * build_memory_bytes)
    return kept, kept // build_memory_bytes
