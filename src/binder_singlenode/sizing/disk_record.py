"""The record of disk usage that the cleanup script keeps on the host: one line per run, oldest first.

1700000000 images=123 registry=456 …      seconds since 1970, and bytes of each share that could be measured
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from binder_singlenode.layout.shares import Share

DAY_S = 86_400
LEAST_HISTORY_S = DAY_S
"""Usage changes over the day, so less than one day gives no useful estimate."""


@dataclass(frozen=True)
class Use:
    """Disk usage of the shares at one moment, in bytes."""

    time_s: int
    bytes_of: dict[Share, int]


def parse(lines: Iterable[str]) -> list[Use]:
    """Parse the record; incomplete lines and lines of another version are skipped."""
    return [use for use in map(_parse_line, lines) if use is not None]


def _parse_line(line: str) -> Use | None:
    time_s, *words = line.split() or [""]
    pairs = [word.partition("=") for word in words]
    found = {Share(name): int(value) for name, _, value in pairs if name in tuple(Share) and value.isdigit()}
    return Use(int(time_s), found) if time_s.isdigit() and found else None


def growth_bytes_a_day(record: list[Use], share: Share) -> float | None:
    """Slope of the least-squares line through the record; None when it covers less than a day."""
    points = [(use.time_s, use.bytes_of[share]) for use in record if share in use.bytes_of]
    if not points or points[-1][0] - points[0][0] < LEAST_HISTORY_S:
        return None
    middle_s = sum(time_s for time_s, _ in points) / len(points)
    middle = sum(used for _, used in points) / len(points)
    spread = sum((time_s - middle_s) ** 2 for time_s, _ in points)
    return DAY_S * sum((time_s - middle_s) * (used - middle) for time_s, used in points) / spread
