"""The clock, as an interface that tests can replace."""

from __future__ import annotations

import time
from typing import Protocol

POLL_S = 2.0


class Clock(Protocol):
    """A clock that can also wait."""

    def now(self) -> float:
        """Unix time, in seconds."""

    def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""


class SystemClock:
    """The clock of this computer."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
