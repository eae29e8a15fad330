"""More memory never means fewer sessions or builds, whatever the CPUs and the host file (docs/adr/0201)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from binder_singlenode.base.units import GIB, MIB
from binder_singlenode.config import Host
from binder_singlenode.errors import SizingError
from binder_singlenode.sizing.size import Machine, size

from ...fuzz import cases

MEMORIES = some.integers(1024, 1024 * 1024)
"""MiB."""
SECTIONS = some.fixed_dictionaries(
    {
        "sessions": some.fixed_dictionaries(
            {
                "memory_guarantee": some.sampled_from(["64M", "512M", "1G"]),
                "cpu_guarantee": some.sampled_from([0.0, 0.01, 0.1, 0.5]),
            }
        ),
        "builds": some.fixed_dictionaries({"memory_limit": some.sampled_from(["1G", "2G", "8Gi"])}),
        "images": some.fixed_dictionaries({"store": some.sampled_from(["registry", "shared"])}),
    }
)


def held(memory_mib: int, cpus: int, sections: dict[str, Any]) -> tuple[int, int]:
    """The sessions and builds that a machine holds; (0, 0) when it is refused."""
    host = Host.model_validate({"address": "a.b", "network": {"pod_cidr": "10.0.0.0/12"}, **sections})
    try:
        sized = size(Machine(memory_mib * MIB, cpus, 500 * GIB), host)
    except SizingError:
        return 0, 0
    return sized.sessions.quota, sized.builds.concurrent


@cases(400)
@given(memories=some.tuples(MEMORIES, MEMORIES).map(sorted), cpus=some.integers(1, 128), sections=SECTIONS)
def test_more_memory_never_means_less(memories: list[int], cpus: int, sections: dict[str, Any]) -> None:
    small, large = (held(memory, cpus, sections) for memory in memories)
    assert small[0] <= large[0] and small[1] <= large[1]


@cases(200)
@given(memory=MEMORIES, cpus=some.tuples(some.integers(1, 128), some.integers(1, 128)).map(sorted))
def test_more_cpus_never_mean_fewer_sessions(memory: int, cpus: list[int]) -> None:
    few, many = (held(memory, count, {}) for count in cpus)
    assert few[0] <= many[0]


def test_one_cpu_holds_as_many_sessions_with_more_memory() -> None:
    """Each further build took CPU time from the sessions: 33 sessions with 64 GiB, 23 with 125 GiB."""
    quotas = [held(gib * 1024, 1, {})[0] for gib in (64, 96, 125)]
    assert quotas == sorted(quotas)
