"""The time, so that tests can have their own."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Time."""

    def now(self) -> float:
        """Unix time, in seconds."""

    def sleep(self, seconds: float) -> None:
        """Wait that long."""


class SystemClock:
    """The computer's own clock."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
