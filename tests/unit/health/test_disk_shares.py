"""The record of disk use: what it says about growth, and what `status` makes of it."""

import pytest

from binder_singlenode.cli.output.status import share_line
from binder_singlenode.health import disk_shares
from binder_singlenode.health.disk_shares import Cleaning, ShareUse
from binder_singlenode.layout.shares import Share
from binder_singlenode.sizing import disk_record
from binder_singlenode.sizing.disk_record import DAY_S, Use

GB = 10**9
HOUR_S = 3600
BUDGET = "IMAGES_BYTES=28000000000\nBUILD_CACHE_BYTES=20000000000\n"


def grown(days: float, bytes_a_day: int, start: int = GB) -> list[Use]:
    """A record with a line an hour."""
    hours = range(int(days * 24) + 1)
    return [Use(hour * HOUR_S, {Share.IMAGES: start + bytes_a_day * hour // 24}) for hour in hours]


def test_a_line_is_read_and_a_damaged_one_passed_over() -> None:
    lines = [
        "1700000000 images=5 build-cache=7 future=9 logs=",
        "",
        "17000",
        "oops images=5",
        "1700000600 ima",
    ]
    assert disk_record.parse(lines) == [Use(1700000000, {Share.IMAGES: 5, Share.BUILD_CACHE: 7})]


@pytest.mark.parametrize("days", [1, 3, 14])
def test_steady_growth_is_found(days: int) -> None:
    assert disk_record.growth_bytes_a_day(grown(days, 2 * GB), Share.IMAGES) == pytest.approx(
        2 * GB, rel=0.01
    )


def test_up_and_down_is_hardly_growth() -> None:
    saw = [Use(use.time_s, {Share.IMAGES: 10 * GB + (use.time_s // HOUR_S % 6) * GB}) for use in grown(14, 0)]
    growth = disk_record.growth_bytes_a_day(saw, Share.IMAGES)
    assert growth is not None and abs(growth) < GB / 10


def test_less_than_a_day_is_unknown_and_is_told_so() -> None:
    (use,) = disk_shares.shares(BUDGET, grown(0.9, 2 * GB))
    assert use.growth_bytes_a_day is None and use.days_until_full is None
    assert share_line(use) == "2.6 GiB of 26.1 GiB (10 %), days until full: unknown yet"


def test_days_until_full() -> None:
    (use,) = disk_shares.shares(BUDGET, grown(4, 2 * GB))
    assert use.days_until_full == pytest.approx((28 - 9) / 2, rel=0.01)
    assert share_line(use).endswith(", 10 days until full") or share_line(use).endswith(", 9 days until full")


@pytest.mark.parametrize("bytes_a_day", [0, -GB // 10])
def test_what_does_not_grow_is_never_full(bytes_a_day: int) -> None:
    (use,) = disk_shares.shares(BUDGET, grown(4, bytes_a_day))
    assert use.days_until_full is None
    assert share_line(use).endswith(", not growing")


def test_before_the_first_round_nothing_is_told() -> None:
    assert disk_shares.shares(BUDGET, []) == ()


def over(share: Share) -> tuple[ShareUse, ...]:
    return (ShareUse(share, 2 * DAY_S, DAY_S, None, None),)


FINE = Cleaning("success", 60)


def test_a_share_over_its_budget_is_a_worry() -> None:
    assert disk_shares.worries(over(Share.LOGS), FINE, 50) == [
        "logs takes 168.8 KiB of the disk, 84.4 KiB is its share"
    ]


def test_images_may_borrow_what_others_leave() -> None:
    assert disk_shares.worries(over(Share.IMAGES), FINE, 30) == []
    assert len(disk_shares.worries(over(Share.IMAGES), FINE, 20)) == 1


def test_cleaning_that_fails_or_stands_still_is_a_worry() -> None:
    assert disk_shares.worries((), Cleaning("exit-code", 60), 50) == [
        "cleaning the disk failed (exit-code): journalctl -u binder-clean on the host"
    ]
    assert disk_shares.worries((), Cleaning("success", 5 * HOUR_S), 50) == [
        "disk use was last counted 5 hours ago: systemctl start binder-clean"
    ]
    assert disk_shares.worries((), Cleaning("success", None), 50) == []
    assert disk_shares.worries((), None, 50) == []
