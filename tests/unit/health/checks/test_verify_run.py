"""The checks, run as `verify` runs them: in a child pytest, whose commands and results are told here."""

import json

import pytest

from binder_singlenode.base import transcript
from binder_singlenode.config import loads
from binder_singlenode.deploy import steps
from binder_singlenode.errors import VerifyError
from binder_singlenode.health import verify
from binder_singlenode.health.verify import CheckResult, Expectations
from binder_singlenode.layout import paths
from binder_singlenode.sizing.size import Machine, size

from .verify_bed import Bed, expecting, outcomes


def test_a_good_host_passes_everything_but_what_was_not_asked_for(bed: Bed) -> None:
    report = bed.verify(*verify.PARTS)
    assert [result.message for result in report.failed] == []
    assert report.ok and report.exit_code == 0
    skipped = {result.name for result in report.results if result.outcome == "skipped"}
    assert skipped == {
        "host::closed_from_outside",
        "host::homes",
        "host::service[binder-homes.service]",
        "entry::names",
        "entry::dates",
        "entry::authority",
        "binder::launch",
        "binder::launch_is_archived",
        "binder::session_memory",
        "binder::session_environment",
        "binder::session_reaches_nothing_inside",
        "binder::session_names",
        "binder::second_launch_builds_nothing",
        "binder::sessions_end",
        "binder::sessions_leave_nothing",
    }
    assert report.count("passed") == len(report.results) - len(skipped) > 20


def test_the_operators_own_pytest_settings_have_no_say(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--nonesuch")
    monkeypatch.setenv("PYTEST_PLUGINS", "nonesuch")
    assert bed.verify("cluster").ok


def test_only_the_parts_that_are_asked_for_run(bed: Bed) -> None:
    names = outcomes(bed.verify("binder"))
    assert {name.split("::")[0] for name in names} == {"binder"}


def test_each_check_is_shown_when_it_starts_and_when_it_ends(bed: Bed) -> None:
    told: list[CheckResult] = []
    report = bed.verify("cluster", progress=told.append)
    assert [each.outcome for each in told] == ["running", "passed"] * len(report.results)
    assert [each.title for each in told[::2]] == [result.title for result in report.results]
    assert told[0].title == "Node is ready and takes pods"


def test_each_command_is_told(bed: Bed, caplog: pytest.LogCaptureFixture) -> None:
    """The checks run in another process; what they run on the host is said in this one."""
    with caplog.at_level("INFO", transcript.logger.name):
        bed.verify("cluster", sudo=True, sudo_password="hunter2")
    told = [record.getMessage() for record in caplog.records if record.name == transcript.logger.name]
    assert told == [f"$ {each['command']}" for each in bed.asked()]


def test_a_login_that_is_not_root_uses_sudo_and_the_password_is_on_no_command_line(bed: Bed) -> None:
    assert bed.verify("cluster", sudo=True, sudo_password="hunter2").ok
    asked = bed.asked()
    assert all(each["command"].startswith("sudo -k -S -p '' -- sh -c ") for each in asked)
    assert {each["input"] for each in asked} == {"hunter2\n"}
    assert "hunter2" not in json.dumps([[each["command"], each["argv"]] for each in asked])
    bed.verify("cluster", sudo=True)
    assert bed.asked()[-1]["command"].startswith("sudo -n -- ")


def test_checks_that_take_too_long_are_ended(bed: Bed) -> None:
    bed.server.routes["/health"] = lambda request: bed.server.closing.wait(30)
    with pytest.raises(VerifyError, match="did not end within 1 s"):
        bed.verify("binder", timeout_s=1)


def test_checks_that_cannot_run_say_why(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "PARTS", ("nonesuch",))
    with pytest.raises(VerifyError, match="the checks could not be run") as error:
        bed.verify("nonesuch")
    assert "not found" in str(error.value) and "reinstall" in (error.value.hint or "")


def test_expectations_survive_json() -> None:
    expect = expecting("http://x", repo="o/r")
    assert Expectations.from_json(expect.to_json()) == expect


@pytest.mark.parametrize("persistent", [True, False])
def test_units_that_are_expected_come_from_the_host_file(persistent: bool) -> None:
    who = "{provider: github, client_id: a, client_secret: 'env:A', allowed: {users: [a]}}"
    more = f"mode: persistent\nhome: {{users: 2}}\nsign_in: {who}\n"
    host = loads(f"address: b.example.org\n{more if persistent else ''}", "h.yaml")
    expect = verify.expectations(host, size(Machine(2**34, 4, 2**37), host))
    assert expect.units == steps.units(host)
    assert (paths.HOMES_UNIT in expect.units) is persistent
    assert paths.FIREWALL_UNIT in expect.units
