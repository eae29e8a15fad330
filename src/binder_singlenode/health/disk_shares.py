"""The disk budget in `status` and the checks: how much each share uses, and when it will be full."""

from __future__ import annotations

import re
from dataclasses import dataclass

from binder_singlenode.base.units import human_bytes
from binder_singlenode.layout.shares import Share
from binder_singlenode.sizing import disk_record
from binder_singlenode.sizing.disk import BUDGET_PERCENT

STALE_S = 3600
"""After this time without a new line, the record is out of date: it gets one every ten minutes."""


@dataclass(frozen=True)
class ShareUse:
    """Used bytes and budget of one share."""

    name: Share
    used_bytes: int
    budget_bytes: int
    growth_bytes_a_day: float | None
    """None: unknown, as there is less than a day of history."""
    days_until_full: float | None
    """None when the growth is unknown, or when the share does not grow."""


@dataclass(frozen=True)
class Cleaning:
    """The result of the last disk cleaning, and the age of the record's last line."""

    result: str
    """systemd's Result: "success", or the kind of failure."""
    counted_s_ago: int | None
    """None: not counted yet."""


def budgets(budget_text: str) -> dict[Share, int]:
    """Bytes of each share, from the budget file on the host. Shares of 0 bytes are left out: in the shared
    store, registry and build cache are part of the images."""
    told = dict(re.findall(r"^([A-Z_]+)_BYTES=(\d+)$", budget_text, re.MULTILINE))
    found = {share: int(told.get(share.upper().replace("-", "_"), 0)) for share in Share}
    return {share: budget_bytes for share, budget_bytes in found.items() if budget_bytes}


def shares(budget_text: str, record: list[disk_record.Use]) -> tuple[ShareUse, ...]:
    """Use of each share, from its budget and the record; empty before the first cleaning."""
    counted = record[-1].bytes_of if record else {}
    return tuple(
        _share(share, budget_bytes, record)
        for share, budget_bytes in budgets(budget_text).items()
        if share in counted
    )


def _share(share: Share, budget_bytes: int, record: list[disk_record.Use]) -> ShareUse:
    used = record[-1].bytes_of[share]
    growth = disk_record.growth_bytes_a_day(record, share)
    days = max(budget_bytes - used, 0) / growth if growth and growth > 0 else None
    return ShareUse(share, used, budget_bytes, growth, days)


def worries(uses: tuple[ShareUse, ...], cleaning: Cleaning | None, images_free_percent: float) -> list[str]:
    """Problems with the shares, one sentence each.

    Images may use what the other shares on their disk leave free. They count as over budget only when that
    disk is fuller than all its shares together.
    """
    over = [use for use in uses if use.used_bytes > use.budget_bytes]
    if images_free_percent >= 100 - BUDGET_PERCENT:
        over = [use for use in over if use.name is not Share.IMAGES]
    return [*_of_cleaning(cleaning), *map(_over, over)]


def _over(use: ShareUse) -> str:
    used, budget = human_bytes(use.used_bytes), human_bytes(use.budget_bytes)
    return f"{use.name} takes {used} of the disk, {budget} is its share"


def _of_cleaning(cleaning: Cleaning | None) -> list[str]:
    if cleaning is None:
        return []
    lines = []
    if cleaning.result != "success":
        lines.append(f"cleaning the disk failed ({cleaning.result}): journalctl -u binder-clean on the host")
    if cleaning.counted_s_ago is not None and cleaning.counted_s_ago > STALE_S:
        hours = cleaning.counted_s_ago / 3600
        lines.append(f"disk use was last counted {hours:.0f} hours ago: systemctl start binder-clean")
    return lines
