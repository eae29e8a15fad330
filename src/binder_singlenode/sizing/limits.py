"""What fits on the machine; a SizingError states the shortage when something does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from binder_singlenode.base.units import counted, human_bytes
from binder_singlenode.errors import SizingError
from binder_singlenode.layout.shares import Share
from binder_singlenode.sizing import pods as pod_rules
from binder_singlenode.sizing import shortage
from binder_singlenode.sizing.disk import DiskBudget, FileSystem

if TYPE_CHECKING:
    from binder_singlenode.config import Host
    from binder_singlenode.sizing.split import Machine, Memory

MINIMUM_QUOTA = 2
"""A machine with room for fewer than two sessions is refused."""


def quota(machine: Machine, host: Host, memory: Memory, by_memory: int, by_cpu: int) -> int:
    """Number of sessions: sessions.quota if it fits; without it, the maximum that fits.

    Raises SizingError naming the missing memory, or the number of sessions that fit on the CPUs.
    """
    asked, one_bytes = host.sessions.quota, host.sessions.memory_guarantee_bytes
    wanted = MINIMUM_QUOTA if asked is None else asked
    if by_memory < wanted:
        short_bytes = wanted * one_bytes - memory.free_bytes
        raise SizingError(
            f"the machine is too small: short of {human_bytes(short_bytes)} memory for"
            f" {counted(wanted, 'session')} of {human_bytes(one_bytes)} each",
            hint=shortage.hint(host, memory, machine.memory_bytes, wanted),
        )
    if by_cpu < wanted:
        raise SizingError(
            f"the machine is too small: its CPUs carry only {by_cpu} of {counted(wanted, 'session')}",
            hint="Take a machine with more CPUs, or lower sessions.cpu_guarantee.",
        )
    return min(by_memory, by_cpu) if asked is None else asked


def max_pods(asked: int | None, quota: int, builds: int) -> int:
    """kubelet's maxPods; raises SizingError when a given node.max_pods cannot hold the quota."""
    needed = pod_rules.pods_needed(quota, builds)
    if asked is None:
        return max(needed, pod_rules.KUBELET_DEFAULT_PODS)
    if asked < needed:
        raise SizingError(
            f"node.max_pods is {asked}, and {counted(quota, 'session')} with {counted(builds, 'build')}"
            f" need {needed} pods:"
            f" short of {needed - asked}",
            hint="Raise node.max_pods, leave it out, or set sessions.quota.",
        )
    return asked


def pod_mask(max_pods: int, pod_cidr: str) -> int:
    """Prefix length of the node's pod network; raises SizingError when pod_cidr is too small for it."""
    mask = pod_rules.pod_mask(max_pods, pod_cidr)
    if mask is None:
        raise SizingError(
            f"network.pod_cidr {pod_cidr} is too small for {max_pods} pods"
            f" ({pod_rules.addresses_needed(max_pods)} addresses)",
            hint="Give network.pod_cidr a shorter prefix, such as 10.42.0.0/16.",
        )
    return mask


def disk(file_systems: tuple[FileSystem, ...], percent: Mapping[Share, int]) -> DiskBudget:
    """The disk's budget; raises SizingError when one of the file systems is too small for its shares."""
    small = [each for each in file_systems if each.size_bytes < each.minimum_bytes]
    if small:
        short = [
            f"short of {human_bytes(each.minimum_bytes - each.size_bytes)} disk at {each.mount}"
            f" ({human_bytes(each.minimum_bytes)} is the least for {', '.join(each.shares)})"
            for each in small
        ]
        raise SizingError(
            "the machine is too small: " + "; ".join(short),
            hint=f"Take a larger disk for {' and '.join(each.mount for each in small)}.",
        )
    return DiskBudget(file_systems, percent)
