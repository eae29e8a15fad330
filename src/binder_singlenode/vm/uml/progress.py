"""How far a kernel's compilation is, read from make's output."""

from __future__ import annotations

import time
from collections import deque

from binder_singlenode.vm import Progress

# Lines such as "  CC      fs/ext4/xattr.o" of the configuration in linux/config with 7.3.4.
EXPECTED_FILES = 1383
_EVERY_PERCENT = 10
_COMPILED = ("  CC ", "  CC [M]", "  AS ", "  HOSTCC ")


class CompileProgress:
    """Reports every ten percent, with the time that is left at the pace so far."""

    def __init__(self, report: Progress) -> None:
        self._report = report
        self._files = 0
        self._began: float | None = None
        self._next_percent = _EVERY_PERCENT
        self._tail: deque[str] = deque(maxlen=15)

    @property
    def last_lines(self) -> str:
        """The end of the output, for a message."""
        return "".join(self._tail)

    def read(self, line: str) -> None:
        """Take a line of output."""
        if not line.startswith("  ") or "rror" in line:
            self._tail.append(line)
        if not line.startswith(_COMPILED):
            return
        self._began = self._began or time.monotonic()
        self._files += 1
        percent = min(99, 100 * self._files // EXPECTED_FILES)
        if percent >= self._next_percent:
            self._next_percent = percent - percent % _EVERY_PERCENT + _EVERY_PERCENT
            spent_s = time.monotonic() - self._began
            left_min = spent_s * (EXPECTED_FILES - self._files) / self._files / 60
            self._report(f"kernel: {percent} % compiled, about {max(1, round(left_min))} min left")
