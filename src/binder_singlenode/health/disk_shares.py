"""The disk budget as `status` and the checks see it: what each share takes, and when it will be full."""

from __future__ import annotations

import re
from dataclasses import dataclass

from binder_singlenode.base.units import human_bytes
from binder_singlenode.layout.shares import Share
from binder_singlenode.sizing import disk_record
from binder_singlenode.sizing.disk import BUDGET_PERCENT

STALE_S = 3600
"""The record gets a line every ten minutes."""


@dataclass(frozen=True)
class ShareUse:
    """One share: what it takes, of what."""

    name: Share
    used_bytes: int
    budget_bytes: int
    growth_bytes_a_day: float | None
    """None: unknown yet, as there is less than a day of history."""
    days_until_full: float | None
    """None when the growth is unknown, or when it does not grow."""


@dataclass(frozen=True)
class Cleaning:
    """How the last round of cleaning went, and how old the last line of the record is."""

    result: str
    """systemd's word: "success", or how it failed."""
    counted_s_ago: int | None
    """None: never yet."""


def budgets(budget_text: str) -> dict[Share, int]:
    """Bytes of each share that there is, from the budget as it is placed on the host. With the shared store
    registry and build cache are none: they are part of the images."""
    told = dict(re.findall(r"^([A-Z_]+)_BYTES=(\d+)$", budget_text, re.MULTILINE))
    found = {share: int(told.get(share.upper().replace("-", "_"), 0)) for share in Share}
    return {share: budget_bytes for share, budget_bytes in found.items() if budget_bytes}


def shares(budget_text: str, record: list[disk_record.Use]) -> tuple[ShareUse, ...]:
    """What each share takes, from its budget and the record; empty before the first round."""
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
    """What is not as it should be, a sentence each.

    Images may take what the others on their disk leave: too many are too many only where that disk is fuller
    than all its shares together.
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
