"""Sizing: what holds for every machine, the figures of known ones, and the refusals."""

import dataclasses
import ipaddress
import itertools
from typing import Any

import pytest

from binder_singlenode.base.units import GIB
from binder_singlenode.config import Host
from binder_singlenode.errors import SizingError
from binder_singlenode.sizing import memory as memory_rules
from binder_singlenode.sizing import pods as pod_rules
from binder_singlenode.sizing.explain import rows as explain
from binder_singlenode.sizing.size import Machine, Sizing, size

DISK = 100 * GIB
# MemTotal of machines as they are sold, from the smallest that is accepted to large members.
MEMORIES_GIB = [5.7, 6, 7.7, 8, 9.7, 12, 15.5, 16, 20, 31, 32, 33, 48, 64, 92, 128, 192, 384, 1024]


def host(**sections: Any) -> Host:
    return Host.model_validate({"address": "192.0.2.7", **sections})


def sized(memory_gib: float, cpus: int = 8, disk: int = DISK, **sections: Any) -> Sizing:
    return size(Machine(int(memory_gib * GIB), cpus, disk), host(**sections))


@pytest.mark.parametrize("memory", MEMORIES_GIB)
def test_the_requests_fit_what_the_node_can_give(memory: float) -> None:
    s = sized(memory)
    requested = s.memory.core.total_bytes + s.memory.dind_bytes + s.builds.concurrent * s.builds.memory_bytes
    assert requested + s.sessions.quota * s.sessions.guarantee_bytes <= s.memory.allocatable_bytes
    assert (
        s.memory.allocatable_bytes + s.memory.reserved_bytes + s.memory.eviction_bytes
        == s.machine.memory_bytes
    )


@pytest.mark.parametrize("cpus", [1, 2, 3, 4, 6, 8, 16, 48])
def test_the_cpu_requests_fit_too(cpus: int) -> None:
    s = sized(64, cpus)
    requested = s.cpu.core + s.builds.concurrent * s.cpu.build + s.sessions.quota * s.sessions.cpu_guarantee
    assert s.sessions.quota >= 2
    assert requested <= cpus + 1e-9


def test_the_quota_uses_the_memory_up() -> None:
    for memory in MEMORIES_GIB:
        s = sized(memory, 64)
        assert (
            s.memory.free_bytes - s.sessions.quota * s.sessions.guarantee_bytes < s.sessions.guarantee_bytes
        )


def test_more_memory_never_means_fewer_sessions_or_builds() -> None:
    steps = [sized(5.7 + step / 16) for step in range(16 * 120)]
    for small, large in itertools.pairwise(steps):
        memory = large.machine.memory_bytes / GIB
        assert small.sessions.quota <= large.sessions.quota, f"at {memory:.2f} GiB"
        assert small.builds.concurrent <= large.builds.concurrent, f"at {memory:.2f} GiB"
        assert small.memory.free_bytes <= large.memory.free_bytes, f"at {memory:.2f} GiB"


def test_a_larger_guarantee_never_means_more_sessions() -> None:
    quotas = [
        sized(64, sessions={"memory_guarantee": g, "memory_limit": "8G"}).sessions.quota
        for g in ("256M", "450M", "512M", "1G", "2G", "4G")
    ]
    assert quotas == sorted(quotas, reverse=True)


@pytest.mark.parametrize(
    ("memory", "cpus", "quota"), [(5.75, 2, 2), (6, 2, 2), (7.7, 2, 3), (9.7, 2, 4), (10, 2, 4), (7.7, 1, 3)]
)
def test_small_machines_carry_at_least_two_sessions(memory: float, cpus: int, quota: int) -> None:
    s = sized(memory, cpus)
    assert (s.sessions.quota, s.builds.concurrent) == (quota, 1)


@pytest.mark.parametrize(
    ("memory", "quota", "builds"), [(16, 6, 1), (32, 18, 2), (64, 41, 4), (92, 61, 6), (192, 146, 8)]
)
def test_known_machines(memory: float, quota: int, builds: int) -> None:
    """92 GB is the federation's BIDS, which runs 60 sessions."""
    s = sized(memory, 48)
    assert (s.sessions.quota, s.builds.concurrent) == (quota, builds)


def test_the_pod_network_holds_the_pods() -> None:
    for memory in MEMORIES_GIB:
        s = sized(memory)
        assert 2 ** (32 - s.pods.mask) >= s.pods.most * 11 // 10 + 3
        assert s.pods.most >= s.sessions.quota + s.builds.concurrent + pod_rules.CORE_PODS
        assert 16 <= s.pods.mask <= 24


def test_a_machine_can_double_and_keep_its_pod_network() -> None:
    for memory in MEMORIES_GIB[:-1]:
        assert (
            2 ** (32 - sized(memory).pods.mask)
            >= pod_rules.addresses_needed(sized(2 * memory).pods.most) * 0.9
        )


def test_a_small_pod_cidr_is_used_whole() -> None:
    s = sized(125, 32, network={"pod_cidr": "10.42.0.0/24"})
    assert (s.pods.most, s.pods.mask) == (133, 24)


def test_the_pod_network_is_never_longer_than_its_range() -> None:
    for prefix in range(8, 25):
        mask = pod_rules.pod_mask(110, f"10.0.0.0/{prefix}")
        assert mask is not None
        assert prefix <= mask <= 24
        assert ipaddress.ip_network(f"10.0.0.0/{mask}").num_addresses >= pod_rules.addresses_needed(110)


@pytest.mark.parametrize("disk_gib", [10, 20, 40, 100, 500, 2000])
def test_the_disk_budget_stays_below_80_percent(disk_gib: int) -> None:
    s = sized(32, disk=disk_gib * GIB)
    assert s.disk.total_bytes < 0.8 * disk_gib * GIB
    assert s.disk.image_gc_low_percent < s.disk.image_gc_high_percent < 80
    # Collection starts when every share is full, not before: otherwise the others' shares evict images.
    assert s.disk.image_gc_high_percent * disk_gib * GIB // 100 >= s.disk.total_bytes
    assert GIB <= s.sessions.disk_bytes <= 10 * GIB


def test_limits_are_never_below_requests() -> None:
    for memory in MEMORIES_GIB:
        s = sized(memory)
        assert s.memory.core.binder_bytes <= memory_rules.BINDER_LIMIT_BYTES
        assert s.memory.core.hub_bytes <= memory_rules.HUB_LIMIT_BYTES
        assert s.memory.core.proxy_bytes <= memory_rules.PROXY_LIMIT_BYTES
        assert s.memory.dind_bytes <= s.memory.dind_limit_bytes
        assert s.builds.memory_bytes <= s.builds.limit_bytes


def test_one_repository_gets_at_most_half_of_the_quota_by_default() -> None:
    assert [sized(m, 48).sessions.per_repository for m in (5.75, 7.7, 64, 1024)] == [1, 1, 20, 100]


@pytest.mark.parametrize(("asked", "given"), [(5, 5), (30, 30), (40, 40), (1000, 41)])
def test_per_repository_of_the_host_file_is_obeyed_up_to_the_quota(asked: int, given: int) -> None:
    s = sized(64, 48, sessions={"per_repository": asked})
    assert (s.sessions.quota, s.sessions.per_repository) == (41, given)
    assert "host file" in dict((q, how) for q, _, how in explain(s))["per repository"]


def test_a_workshop_of_40_in_one_repository_is_40() -> None:
    assert sized(64, 48, sessions={"quota": 40, "per_repository": 40}).sessions.per_repository == 40


def test_the_host_file_decides_where_it_says_something() -> None:
    s = sized(
        64,
        sessions={"quota": 10},
        builds={"concurrent": 3, "memory_limit": "4Gi"},
        node={"max_pods": 200, "reserved_memory": "6Gi"},
    )
    assert (s.sessions.quota, s.sessions.by_memory) == (10, 35)
    assert (s.builds.concurrent, s.builds.memory_bytes, s.memory.builds_bytes) == (3, 4 * GIB, 12 * GIB)
    assert (s.pods.most, s.memory.reserved_bytes) == (200, 6 * GIB)


def test_units_of_sessions_and_builds_differ() -> None:
    s = sized(64, sessions={"memory_guarantee": "1G", "memory_limit": "2G"}, builds={"memory_limit": "2G"})
    assert (s.sessions.guarantee_bytes, s.sessions.limit_bytes, s.builds.limit_bytes) == (
        GIB,
        2 * GIB,
        2 * 10**9,
    )


REFUSALS = [
    (
        {"memory_gib": 2, "cpus": 2},
        "the machine is too small: short of 2.4 GiB memory for 2 sessions of 1 GiB each",
        "Take a machine with at least 2.4 GiB more memory.",
    ),
    (
        {"memory_gib": 64, "builds": {"concurrent": 64}},
        "the machine is too small: short of 71.7 GiB memory for 2 sessions of 1 GiB each",
        "Lower builds.concurrent (64: 119.2 GiB are kept free for them), or take a machine with at least",
    ),
    (
        {"memory_gib": 64, "node": {"reserved_memory": "1000Gi"}},
        "the machine is too small: short of 956.7 GiB memory for 2 sessions of 1 GiB each",
        "Lower node.reserved_memory (1000Gi), or take a machine with at least",
    ),
    (
        {"memory_gib": 4.7, "cpus": 2},
        "the machine is too small: short of 76.2 MiB memory for 2 sessions of 1 GiB each",
        "or lower sessions.memory_guarantee.",
    ),
    (
        {"memory_gib": 64, "sessions": {"quota": 50}},
        "the machine is too small: short of 8.4 GiB memory for 50 sessions of 1 GiB each",
        "or lower sessions.quota.",
    ),
    (
        {"memory_gib": 64, "cpus": 2, "sessions": {"cpu_guarantee": 1.0}},
        "the machine is too small: its CPUs carry only 1 of 2 sessions",
        "lower sessions.cpu_guarantee",
    ),
    (
        {"memory_gib": 64, "node": {"max_pods": 60}},
        "node.max_pods is 60, and 41 sessions with 4 builds need 80 pods: short of 20",
        "Raise node.max_pods",
    ),
    (
        {"memory_gib": 384, "cpus": 64, "network": {"pod_cidr": "10.42.0.0/24"}},
        "network.pod_cidr 10.42.0.0/24 is too small for 399 pods (442 addresses)",
        "10.42.0.0/16",
    ),
    (
        {"memory_gib": 64, "disk": 8 * GIB},
        "the machine is too small: short of 2 GiB disk at /var/lib (10 GiB is the least for"
        " images, registry, build-cache, logs, state)",
        "/var/lib",
    ),
]


@pytest.mark.parametrize(("machine", "message", "hint"), REFUSALS)
def test_a_machine_too_small_is_refused_by_how_much(machine: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(SizingError) as caught:
        sized(**machine)
    assert caught.value.message == message
    assert hint in (caught.value.hint or "")


def test_explain_shows_every_part_and_the_arithmetic() -> None:
    rows = {quantity: (value, how) for quantity, value, how in explain(sized(7.7, 2))}
    assert rows["quota"][0] == "3"
    assert rows["quota"][1].endswith("= 3 by memory, 138 by CPU")
    assert rows["memory"][0] == "7.7 GiB"
    assert "scaled down below 16 GiB" in rows["core"][1]
    assert rows["pod network"] == ("/24", "256 addresses, 124 needed; fixed for the node's life")
    assert {"disk: images", "disk: registry", "disk: build-cache", "disk: logs", "disk: state"} <= set(rows)


def test_explain_of_a_large_machine_and_a_quota_of_ones_own() -> None:
    rows = {q: how for q, _, how in explain(sized(64, 4, sessions={"quota": 20, "cpu_guarantee": 0.0}))}
    assert "any number by CPU; the host file asks for fewer" in rows["quota"]
    assert "scaled" not in rows["core"]
    assert "more than 8 sessions per CPU: slow when many are busy" not in rows["sessions per cpu"]
    assert (
        "more than 8 sessions per CPU"
        in dict((q, h) for q, _, h in explain(sized(192, 4)))["sessions per cpu"]
    )


def test_a_sizing_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        sized(16).sessions.quota = 99  # type: ignore[misc]


def test_homes_are_taken_off_the_disk_before_it_is_split() -> None:
    machine = Machine(16 * GIB, 4, 200 * GIB)
    sized = size(machine, persistent(size="1Gi", users=50))
    assert sized.homes_bytes == 50 * GIB
    assert sized.disk.total_bytes + sized.homes_bytes <= 200 * GIB * 78 // 100
    whole = size(machine, Host(address="a.b")).disk
    assert sized.disk.image_gc_high_percent == whole.image_gc_high_percent == 78, "of the whole disk"
    assert sized.disk.image_gc_low_percent > whole.image_gc_low_percent, "images have less to give"


def test_homes_that_the_disk_cannot_hold_are_refused() -> None:
    with pytest.raises(SizingError) as caught:
        size(Machine(16 * GIB, 4, 100 * GIB), persistent(size="5Gi", users=20))
    said = "the homes need 100 GiB, and half of the disk at /var/lib is 50 GiB: short of 50 GiB"
    assert said in str(caught.value)


def persistent(**home: object) -> Host:
    sign_in = {"provider": "github", "client_id": "a", "client_secret": "env:A", "allowed": {"users": ["a"]}}
    return Host.model_validate({"address": "a.b", "mode": "persistent", "home": home, "sign_in": sign_in})
