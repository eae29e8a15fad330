"""Number of pods, and the size of the node's pod network. (M): see memory.py."""

from __future__ import annotations

import ipaddress
import math
from typing import TYPE_CHECKING

from binder_singlenode.sizing import cpu as sizing_cpu
from binder_singlenode.sizing import memory

if TYPE_CHECKING:
    from binder_singlenode.config import Host

CORE_PODS = 30
"""All pods that are neither sessions nor builds: binder twice in an upgrade, hub, proxy, dind, registry,
coredns, metrics-server, local-path, helper jobs, and room for monitoring (M: 25 to 30)."""

KUBELET_DEFAULT_PODS = 110
NETWORK_OVERHEAD_ADDRESSES = 3
"""Network, broadcast and bridge address of the node's pod network."""


def housed(memory_bytes: int, cpus: int, host: Host, free_bytes: int) -> int:
    """Number of sessions in the shared store's `free_bytes` if a registry also ran.

    maxPods and the pod network are computed from this number, so that both stores have the same values: with
    another maxPods a change of the store would restart k3s, and with another pod network it would be refused.
    The one or two additional sessions of the shared store use the registry's place in CORE_PODS.
    """
    cpu = sizing_cpu.cpu_requests(cpus, registry=True)
    at_once = sizing_cpu.builds_at_most(cpus, host.builds.concurrent)
    by_cpu = sizing_cpu.sessions_by_cpu(cpus, cpu, at_once, host.sessions.cpu_guarantee)
    left_bytes = free_bytes - memory.registry_bytes(memory_bytes)
    return min(left_bytes // host.sessions.memory_guarantee_bytes, by_cpu)


def pods_needed(quota: int, builds_at_once: int) -> int:
    """Sessions, builds, core pods, and a tenth of the sessions for pods that are still terminating."""
    return quota + builds_at_once + CORE_PODS + math.ceil(quota / 10)


def addresses_needed(max_pods: int) -> int:
    """Addresses for `max_pods` pods, plus a tenth: an address is released later than its pod is deleted."""
    return max_pods + math.ceil(max_pods / 10) + NETWORK_OVERHEAD_ADDRESSES


def pod_mask(max_pods: int, pod_cidr: str) -> int | None:
    """Prefix length of the node's pod network, or None when `pod_cidr` is too small.

    A node's mask cannot be changed later. So it is chosen for twice the pods if pod_cidr is large enough:
    the machine can grow to twice its size. Never longer than /24, Kubernetes' default.
    """
    prefix = ipaddress.ip_network(pod_cidr).prefixlen
    needed = addresses_needed(max_pods)
    if 2 ** (32 - prefix) < needed:
        return None
    roomy = 32 - math.ceil(math.log2(2 * needed))
    return max(min(roomy, 24), prefix)
