"""How long is left: what the operations took the last time, and no number where nobody knows."""

import pytest

from binder_singlenode.base import folders
from binder_singlenode.cli import pace
from binder_singlenode.provision.events import Event, Plan, PlannedOperation


def plan(*changes: bool | None) -> Plan:
    names = ("Install k3s v1.36.3+k3s1", "Start k3s", "Wait until the node is Ready")
    return Plan([PlannedOperation("k3s", name, change) for name, change in zip(names, changes, strict=True)])


def ended(operation: str, seconds: float, changed: bool = True) -> Event:
    return Event("finished", "k3s", operation, changed, seconds)


def at_work(operation: str, seconds: float) -> Event:
    return Event("waiting", "k3s", operation, seconds=seconds)


@pytest.fixture
def provisioned() -> None:
    """A first `up` of a host."""
    with pace.kept("192.0.2.7", plan(True, True, None)) as known:
        assert known.words(at_work("Install k3s v1.36.3+k3s1", 12)) == pace.NO_ESTIMATE
        known.note(ended("Install k3s v1.36.3+k3s1", 30.0))
        known.note(ended("Start k3s", 60.0))
        known.note(ended("Wait until the node is Ready", 20.0, changed=False))


@pytest.mark.usefixtures("provisioned")
def test_the_rest_is_what_it_took_the_last_time_whatever_the_version() -> None:
    with pace.kept("192.0.2.7", plan(True, True, None)) as known:
        assert known.left_s(at_work("Install k3s v1.36.3+k3s1 → v1.37.0+k3s1", 10)) == 100
        known.note(ended("Install k3s v1.36.3+k3s1 → v1.37.0+k3s1", 30.0))
        assert known.left_s(at_work("Start k3s", 10)) == 70
        late = known.words(at_work("Start k3s", 90))
        assert late == "longer than the last time (60 s); about 20 s more once it is done"


@pytest.mark.usefixtures("provisioned")
def test_what_has_nothing_to_do_takes_no_time() -> None:
    with pace.kept("192.0.2.7", plan(False, True, None)) as known:
        assert known.left_s(at_work("Start k3s", 0)) == 80


@pytest.mark.usefixtures("provisioned")
def test_another_host_is_named_as_the_source() -> None:
    with pace.kept("192.0.2.8", plan(False, True, None)) as known:
        assert known.words(at_work("Start k3s", 20)) == "about 60 s left, going by another host"


@pytest.mark.usefixtures("provisioned")
def test_a_wait_for_nothing_does_not_hide_how_long_it_takes() -> None:
    for _ in range(2):
        with pace.kept("192.0.2.7", plan(False, False, None)) as known:
            assert known.left_s(at_work("Wait until the node is Ready", 0)) == 20
            known.note(ended("Wait until the node is Ready", 0.1, changed=False))


def test_what_a_failed_walk_has_learnt_is_kept() -> None:
    with pytest.raises(ZeroDivisionError), pace.kept("192.0.2.7", plan(True, True, None)) as known:
        known.note(ended("Start k3s", 60.0))
        raise ZeroDivisionError
    with pace.kept("192.0.2.7", plan(False, True, False)) as known:
        assert known.left_s(at_work("Start k3s", 0)) == 60


@pytest.mark.parametrize(
    "damage", ["", "[]", '{"192.0.2.7": 3}', '{"192.0.2.7": {"k3s: Start k3s": "soon"}}']
)
def test_a_damaged_memory_is_no_memory(damage: str) -> None:
    (folders.state_dir() / "durations.json").write_text(damage)
    with pace.kept("192.0.2.7", plan(False, True, False)) as known:
        assert known.left_s(at_work("Start k3s", 0)) is None
