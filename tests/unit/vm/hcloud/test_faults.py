"""No server leaks: whatever fails at whichever request, one more command puts it right."""

from typing import Any

import pytest

from binder_singlenode.errors import BinderError, VmError
from binder_singlenode.vm.hcloud.api import Api
from binder_singlenode.vm.hcloud.first_contact import Answer

from .hcloud_faults import TOKEN, Kill, Refusal, nth, on

ONE_VM = {"servers": 1, "ssh_keys": 1, "firewalls": 1, "primary_ips": 2}
FAULTS: dict[str, dict[str, Any]] = {
    "lost answer": {"lose": True},
    "garbled answer": {"garble": True},
    "429": {"refuse": Refusal(429, "rate_limit_exceeded", "slow down", {"Retry-After": "7"})},
    "500": {"refuse": Refusal(500, "server_error", "oops")},
}


def counts(world: Any) -> dict[str, int]:
    return {kind: len(names) for kind, names in world.double.left().items()}


def requests_of_a_create(world: Any, name: str) -> int:
    world.double.action_s = 1.0  # fewer polls: each request is looked at for itself
    before = len(world.double.requests)
    world.create(name)
    after = len(world.double.requests)
    world.provider().destroy(name)
    return after - before


@pytest.mark.parametrize("kind", FAULTS)
def test_a_passing_fault_at_any_request_of_a_create_is_survived(world, kind):
    for index in range(requests_of_a_create(world, "first")):
        fault = world.double.fault(nth(len(world.double.requests) + index), **FAULTS[kind])
        assert world.create().state == "running"
        assert fault.times == 0, f"the fault at request {index} did not strike"
        assert counts(world) == ONE_VM, f"request {index}"
        world.provider().destroy("demo")
        assert world.double.left() == {}, f"request {index}"


@pytest.mark.parametrize("lose", [False, True])
def test_an_api_that_goes_away_at_any_request_leaves_nothing_that_the_reaper_does_not_find(world, lose):
    """`lose`: what is asked is done, but no answer ever comes back, so nothing is known."""
    for index in range(requests_of_a_create(world, "first")):
        start = len(world.double.requests) + index
        down: dict[str, Any] = {"lose": True} if lose else {"refuse": Refusal(503, "unavailable", "down")}
        fault = world.double.fault(lambda number, _request, start=start: number >= start, times=10**6, **down)
        with pytest.raises(BinderError):
            world.create()
        fault.times = 0
        world.later(hours=26)
        world.provider().reap()
        assert world.double.left() == {}, f"down from request {index} on"


@pytest.mark.parametrize("sent", [False, True])
def test_kill_9_at_any_request_is_healed_by_the_next_create(world, sent):
    for index in range(requests_of_a_create(world, "first")):
        with pytest.raises(Kill):
            world.create(provider=world.provider(kill_at=index, sent=sent))
        assert world.create().state == "running"
        assert counts(world) == ONE_VM, f"killed at request {index}"
        world.provider().destroy("demo")
        assert world.double.left() == {}, f"killed at request {index}"


@pytest.mark.parametrize("sent", [False, True])
def test_kill_9_at_any_request_is_healed_by_a_reaper_elsewhere(world, sent, monkeypatch, tmp_path):
    for index in range(requests_of_a_create(world, "first")):
        with pytest.raises(Kill):
            world.create(provider=world.provider(kill_at=index, sent=sent))
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / str(index)))  # another computer
        world.provider().reap()  # too early: a create may be at work
        world.later(hours=26)
        world.provider().reap()
        assert world.double.left() == {}, f"killed at request {index}"


@pytest.mark.parametrize("sent", [False, True])
def test_kill_9_at_any_request_of_a_destroy_is_healed_by_the_next(world, sent):
    world.create("first")
    before = len(world.double.requests)
    world.provider().destroy("first")
    for index in range(len(world.double.requests) - before):
        world.create()
        with pytest.raises(Kill):
            world.provider(kill_at=index, sent=sent).destroy("demo")
        world.provider().destroy("demo")
        assert world.double.left() == {}, f"killed at request {index}"
        assert world.provider().list() == []


def test_a_create_that_succeeded_but_whose_answer_was_lost_is_adopted(world):
    world.double.fault(on("POST", "/servers"), lose=True)
    world.create()
    posts = [each for each in world.double.requests if (each.method, each.path) == ("POST", "/servers")]
    assert len(posts) == 1
    assert counts(world) == ONE_VM


def test_a_create_whose_answer_is_too_slow_is_adopted(world):
    world.double.fault(on("POST", "/servers"), slow=True)
    provider = world.provider()
    provider.given_api = Api(TOKEN, endpoint=world.double.endpoint, clock=world.clock, timeout_s=(2.0, 0.3))
    world.create(provider=provider)
    assert counts(world) == ONE_VM


def test_a_server_that_appears_only_after_its_create_gave_up_is_found_by_the_next(world):
    double = world.double
    double.fault(on("POST", "/servers"), lose=True, times=99)
    double.hidden.add("servers")
    with pytest.raises(VmError):
        world.create()
    assert len(double.left()["servers"]) == 1  # seen by nobody, paid for
    double.hidden.clear()
    double.faults.clear()
    assert world.create().state == "running"
    assert len(double.left()["servers"]) == 1


@pytest.mark.parametrize("refusal", [
    Refusal(504, "timeout", "gateway"), Refusal(409, "conflict", "changed"),
    Refusal(423, "locked", "an action runs"),
])  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/server_types"), ("POST", "/servers"), ("DELETE", "/servers")]
)
def test_what_may_be_repeated_is_repeated(world, refusal, method, path):
    fault = world.double.fault(on(method, path), refuse=refusal, times=3)
    world.create()
    world.provider().destroy("demo")
    assert fault.times == 0
    assert world.double.left() == {}


def test_retry_after_is_honoured(world):
    world.double.fault(on("GET", "/servers"), **FAULTS["429"])
    world.provider().list()
    assert world.clock.slept == [7.0]


def test_without_retry_after_the_reset_of_the_quota_counts_but_not_for_ever(world):
    for reset, waited in ((world.clock.now() + 20, 20.0), (world.clock.now() + 3600, 60.0)):
        headers = {"RateLimit-Reset": str(int(reset))}
        world.double.fault(on("GET", "/servers"), refuse=Refusal(429, "rate_limit_exceeded", "slow", headers))
        world.clock.slept.clear()
        world.provider().list()
        assert world.clock.slept == [pytest.approx(waited, abs=21)]
        assert world.clock.slept[0] <= 60


def test_a_wait_beyond_the_limit_is_refused_at_once(world):
    refusal = Refusal(429, "rate_limit_exceeded", "slow down", {"Retry-After": "3600"})
    world.double.fault(on("GET", "/servers"), refuse=refusal)
    with pytest.raises(VmError, match=r"slow down .*gave up \(next try in 3600 s, limit 300 s\)") as caught:
        world.provider().list()
    assert "quota of requests" in caught.value.hint
    assert world.clock.slept == []


def test_no_answer_at_all_is_said_after_90_seconds(world):
    world.double.fault(lambda *_: True, lose=True, times=99)
    with pytest.raises(VmError, match="the Hetzner Cloud API did not answer") as caught:
        world.provider().list()
    assert "status.hetzner.com" in caught.value.hint
    assert sum(world.clock.slept) <= 90


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (Refusal(401, "unauthorized", f"bad token {TOKEN}"), "the token in HCLOUD_TOKEN is not valid"),
        (Refusal(403, "forbidden", f"bad token {TOKEN}"), "the token in HCLOUD_TOKEN may not do this"),
    ],
)
def test_a_refused_token_names_the_variable_and_not_the_token(world, refusal, message):
    world.double.fault(lambda *_: True, refuse=refusal, times=99)
    with pytest.raises(VmError, match=message) as caught:
        world.create()
    assert "HCLOUD_TOKEN" in caught.value.hint
    assert TOKEN not in f"{caught.value} {caught.value.hint} {world.said} {caught.getrepr()}"


def test_a_read_only_token_leaves_nothing(world):
    world.double.fault(on("POST", "/"), refuse=Refusal(403, "forbidden", "read-only"), times=99)
    with pytest.raises(VmError, match="a read-only token"):
        world.create()
    assert world.double.left() == {}


def test_ctrl_c_cleans_up(world):
    def interrupt(*_: Any) -> Answer:
        raise KeyboardInterrupt

    provider = world.provider()
    provider.attempt = interrupt
    with pytest.raises(KeyboardInterrupt):
        world.create(provider=provider)
    assert world.double.left() == {}
