"""The check of old addresses looks at rsyslog's copies too: its shell is run for real."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from binder_singlenode.health.checks import test_logs

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def old_form(at: datetime) -> str:
    return at.strftime("%b %e %H:%M:%S")


def test_live_and_rotated_copies_are_looked_at(tmp_path: Path) -> None:
    for name in ("syslog", "syslog.1", "kern.log-20260101"):
        (tmp_path / name).write_text(f"{NOW.isoformat()} host kernel: of {name}\nmore\n")
    (tmp_path / "auth.log").touch()
    script = test_logs.FIRST_LINES.replace("/var/log/", f"{tmp_path}/")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.startswith(str(tmp_path)))
    assert {Path(name).name for name in found} == {"syslog", "syslog.1", "kern.log-20260101"}
    assert all(test_logs.first_time(line) == pytest.approx(NOW.timestamp(), abs=1) for line in found.values())


@pytest.mark.parametrize("days", [0, 29, 31, 200])
def test_a_time_without_year_and_zone_is_the_latest_that_it_can_be(days: int) -> None:
    at = NOW - days * DAY
    read = test_logs.first_time(f"{old_form(at)} host sshd[1]: x")
    assert read is not None
    assert read - at.timestamp() == pytest.approx(12 * 3600, abs=1)


def test_no_time_is_no_age() -> None:
    assert test_logs.first_time("Feb 31 12:00:00 host x") is None
    assert test_logs.first_time("nothing of the kind") is None


@pytest.mark.parametrize(
    ("ended", "runs"),
    [("", True), ("Thu 1970-01-01 00:00:10 UTC", True), ("Tue 2999-01-01 00:00:00 UTC", False)],
)
def test_the_script_as_it_is_now_has_run(tmp_path: Path, ended: str, runs: bool) -> None:
    """On a machine that is older than Binder on it, there is something to forget on the first day."""
    script = test_logs.FORGOTTEN.replace(test_logs.paths.FORGET, str(tmp_path))
    stub = (
        f'systemctl() {{ [ "$1" = show ] && echo "{ended}" || echo "$*"; }}; timeout() {{ shift; "$@"; }}; '
    )
    done = subprocess.run(["sh", "-c", stub + script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("start binder-upkeep.service\n" if runs else "", "")
