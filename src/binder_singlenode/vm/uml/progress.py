"""Progress of a kernel build, read from make's output."""

from __future__ import annotations

import time
from collections import deque

from binder_singlenode.vm import Progress

# Number of lines such as "  CC      fs/ext4/xattr.o" for Linux 7.3.4 with the configuration linux/config.
EXPECTED_FILES = 1383
_EVERY_PERCENT = 10
_COMPILED = ("  CC ", "  CC [M]", "  AS ", "  HOSTCC ")


class CompileProgress:
    """Reports progress every ten percent, with the time left, estimated from the speed so far."""

    def __init__(self, report: Progress) -> None:
        self._report = report
        self._files = 0
        self._began: float | None = None
        self._next_percent = _EVERY_PERCENT
        self._tail: deque[str] = deque(maxlen=15)

    @property
    def last_lines(self) -> str:
        """The last lines of the output, for an error message."""
        return "".join(self._tail)

    def read(self, line: str) -> None:
        """Process one line of output."""
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
