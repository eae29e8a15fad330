"""The sizing as rows that can be checked by hand: (quantity, value, calculation)."""

from __future__ import annotations

from binder_singlenode.base.units import counted, human_bytes
from binder_singlenode.layout.shares import Share
from binder_singlenode.sizing import cpu as cpu_rules
from binder_singlenode.sizing import disk as disk_rules
from binder_singlenode.sizing import memory as memory_rules
from binder_singlenode.sizing import pods as pod_rules
from binder_singlenode.sizing.size import MOST_PER_REPOSITORY, Sizing, default_per_repository

Row = tuple[str, str, str]


def rows(sizing: Sizing) -> list[Row]:
    """Every quantity of a Sizing, in the order it is computed."""
    return [*_memory(sizing), *_sessions(sizing), *_cpu(sizing), *_pods(sizing), *_disk(sizing)]


def _memory(s: Sizing) -> list[Row]:
    m = s.memory
    total, small = s.machine.memory_bytes, s.machine.memory_bytes < memory_rules.FULL_BYTES
    scaled = ", scaled down below 16 GiB" if small else ""
    core = m.core
    always = core.total_bytes - core.surge_bytes
    registry = "registry, " if core.registry_bytes else ""
    return [
        ("memory", human_bytes(total), "MemTotal of the machine"),
        (
            "reserved",
            human_bytes(m.reserved_bytes),
            f"system and k3s: max(1 GiB, 5 %) + 500 MiB{scaled}",
        ),
        (
            "eviction",
            human_bytes(m.eviction_bytes),
            f"kubelet evicts pods below this: 500 MiB{scaled}",
        ),
        (
            "allocatable",
            human_bytes(m.allocatable_bytes),
            f"{human_bytes(total)} - {human_bytes(m.reserved_bytes)} - {human_bytes(m.eviction_bytes)}",
        ),
        (
            "core",
            human_bytes(core.total_bytes),
            f"binder, hub, proxy, {registry}system pods {human_bytes(always)}"
            f" + a second binder while upgrading {human_bytes(core.surge_bytes)}{scaled}",
        ),
        (
            "dind",
            human_bytes(m.dind_bytes),
            f"a tenth of memory, 1 to 16 GiB{scaled}; limit {human_bytes(m.dind_limit_bytes)}",
        ),
        (
            "builds",
            human_bytes(m.builds_bytes),
            f"room for {s.builds.concurrent} x {human_bytes(s.builds.memory_bytes)} at once{scaled}",
        ),
        (
            "for sessions",
            human_bytes(m.free_bytes),
            f"{human_bytes(m.allocatable_bytes)} - {human_bytes(m.core.total_bytes)} (core)"
            f" - {human_bytes(m.dind_bytes)} (dind) - {human_bytes(m.builds_bytes)} (builds)",
        ),
    ]


def _sessions(s: Sizing) -> list[Row]:
    one, free_bytes = s.sessions, s.memory.free_bytes
    return [
        (
            "guarantee / limit",
            f"{human_bytes(one.guarantee_bytes)} / {human_bytes(one.limit_bytes)}",
            "one session",
        ),
        (
            "quota",
            str(one.quota),
            f"{human_bytes(free_bytes)} / {human_bytes(one.guarantee_bytes)} = {one.by_memory} by memory,"
            f" {_many(one.by_cpu)} by CPU"
            + ("" if one.quota == min(one.by_memory, one.by_cpu) else "; the host file asks for fewer"),
        ),
        (
            "per repository",
            str(one.per_repository),
            _why_per_repository(one.per_repository, one.quota),
        ),
    ]


def _why_per_repository(number: int, quota: int) -> str:
    if number != default_per_repository(quota):
        return "sessions.per_repository in the host file, at most the quota"
    return f"at most half of the quota and {MOST_PER_REPOSITORY}: one repository can't fill the machine"


def _cpu(s: Sizing) -> list[Row]:
    guarantee = s.sessions.cpu_guarantee
    per_cpu = s.sessions.quota / s.machine.cpus
    return [
        (
            "cpu requests",
            f"{s.cpu.core:.2f}",
            f"of {s.machine.cpus}; each build {s.cpu.build:g} more, each session {guarantee:g}",
        ),
        (
            "sessions per cpu",
            f"{per_cpu:.1f}",
            "more than 8 sessions per CPU: slow when many are busy" if per_cpu > 8 else "up to 8 is fine",
        ),
    ]


def _many(count: int) -> str:
    return "any number" if count >= cpu_rules.UNBOUNDED else str(count)


def _pods(s: Sizing) -> list[Row]:
    needed = pod_rules.pods_needed(s.pods.sessions, s.builds.concurrent)
    beside = "" if s.pods.sessions == s.sessions.quota else " (as beside a registry)"
    return [
        (
            "pods",
            str(s.pods.most),
            f"{counted(s.pods.sessions, 'session')}{beside} + {counted(s.builds.concurrent, 'build')}"
            f" + {pod_rules.CORE_PODS} core"
            f" + a tenth terminating = {needed}; never below {pod_rules.KUBELET_DEFAULT_PODS} unless asked",
        ),
        (
            "pod network",
            f"/{s.pods.mask}",
            f"{2 ** (32 - s.pods.mask)} addresses, {pod_rules.addresses_needed(s.pods.most)} needed;"
            " fixed for the node's life",
        ),
    ]


def _disk(s: Sizing) -> list[Row]:
    disk = s.disk
    shares = [_share(disk, share) for share in Share]
    low, high = disk.image_gc_low_percent, disk.image_gc_high_percent
    images = disk.home_of(Share.IMAGES)
    homes = [("disk: homes", human_bytes(s.homes_bytes), "home.users x home.size, before the others")]
    return [
        *(homes if s.homes_bytes else []),
        *shares,
        (
            "image collection",
            f"{high} % -> {low} %",
            f"of {images.mount}: starts when all its shares are full, frees half of the images' share",
        ),
        (
            "session's disk",
            human_bytes(s.sessions.disk_bytes),
            f"what one session can write: a twentieth of {images.mount}, 1 to 10 GiB",
        ),
    ]


def _share(disk: disk_rules.DiskBudget, share: Share) -> Row:
    size, home = disk.bytes_of(share), disk.home_of(share)
    percent = 100 * size / home.size_bytes
    return (
        f"disk: {share}",
        human_bytes(size),
        f"{percent:.0f} % of {human_bytes(home.size_bytes)} at {home.mount}",
    )
