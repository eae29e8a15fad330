"""rsyslog's copies of the journal: what logrotate has rotated is forgotten by its first line."""

import gzip
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from .test_forget import DAY, NOW, Bed
from .test_forget import bed as bed  # a fixture

WEEK = 7 * DAY


def of_today(at: datetime) -> str:
    """As rsyslog has written since Debian 12 and Ubuntu 24.04."""
    return at.isoformat()


def of_old(at: datetime) -> str:
    """RFC 3164: no year, no zone."""
    return at.strftime("%b %e %H:%M:%S")


def log(bed: Bed, name: str, first: str, last: datetime) -> Path:
    """A log that begins so, and was last written then."""
    path = bed.folder / "var" / name
    path.parent.mkdir(exist_ok=True)
    text = f"{first} host kernel: binder-singlenode drop: SRC=192.0.2.1\n".encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    os.utime(path, (last.timestamp(),) * 2)
    return path


@pytest.mark.parametrize("form", [of_today, of_old])
def test_rotated_logs_go_by_their_first_line_and_the_live_one_stays(bed: Bed, form) -> None:  # type: ignore[no-untyped-def]
    names = ("syslog", "syslog.1", "syslog.2.gz", "syslog.3.gz", "syslog.4.gz", "kern.log-20200101.gz")
    ages = (0, 1, 2, 3, 4, 60)  # weeks since it was last written; it began a week before
    logs = [
        log(bed, name, form(NOW - (age + 1) * WEEK), NOW - age * WEEK)
        for name, age in zip(names, ages, strict=True)
    ]
    for days_forward, kept in ((0, 4), (3, 3), (365, 1)):
        bed.days_forward = days_forward
        bed.run()
        assert [path.name for path in logs if path.exists()] == list(names[:kept]), f"{days_forward} days on"


def test_a_december_is_last_years_when_the_file_ends_in_january(bed: Bed) -> None:
    """A year without a name is not this one, and never one to come."""
    january = datetime(NOW.year, 1, 3).astimezone()
    young = log(bed, "syslog.1", "Dec 29 12:00:00", january)
    older = log(bed, "syslog.2.gz", "Dec 22 12:00:00", january - timedelta(4))
    now = datetime(NOW.year, 1, 25).astimezone()
    bed.days_forward = (now - NOW).days
    bed.run()
    assert [young.exists(), older.exists()] == [True, False]


def test_without_a_time_it_goes_by_its_last_change(bed: Bed) -> None:
    young = log(bed, "syslog.1", "no time at all", NOW - 29 * DAY)
    old = log(bed, "syslog.2", "no time at all", NOW - 31 * DAY)
    empty = bed.folder / "var" / "syslog.3"
    empty.touch()
    bed.run()
    assert [path.exists() for path in (young, old, empty)] == [True, False, True]


def test_logs_of_others_stay(bed: Bed) -> None:
    others = [
        log(bed, name, of_today(NOW - 99 * DAY), NOW - 99 * DAY)
        for name in ("dpkg.log.1", "syslogger.1", "syslog.d", "syslog.conf")
    ]
    bed.run()
    assert all(path.exists() for path in others)
