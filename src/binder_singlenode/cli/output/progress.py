"""Progress on stderr: one live line on a terminal, plain lines in a pipe.

It uses no thread and no animation: it shows what has just happened, or what the run waits for.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len, set_cell_size

from binder_singlenode.base.masking import clean

if TYPE_CHECKING:
    from binder_singlenode.binderhub.launch.events import LaunchEvent
    from binder_singlenode.cli.pace import Pace
    from binder_singlenode.health.results import CheckResult
    from binder_singlenode.provision.events import Event

_ERASE = "\r\x1b[K"
WORTH_A_LINE_S = 10
"""In a pipe: seconds until the first line about what an operation waits for, or about a new reason."""
SAID_AGAIN_S = 60
"""In a pipe: seconds until a line with the same reason is repeated."""
_QUIET_PHASES = ("building", "fetching", "pushing", "unknown")


class Progress:
    """`live` replaces the live line, `line` prints a line that stays. A context manager; or call `close`."""

    def __init__(self, stream: TextIO | None = None, verbose: bool = False, pace: Pace | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._verbose = verbose
        self._shown = False
        self._phase = ""
        self._pace = pace
        self._said = (0.0, "")

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Erase the live line."""
        if self._shown:
            self._stream.write(_ERASE)
            self._stream.flush()
            self._shown = False

    def live(self, text: str) -> None:
        """Show the current activity; not in a pipe."""
        if self._terminal:
            self._stream.write(_ERASE + self._cut(clean(text).replace("\n", " ")))
            self._stream.flush()
            self._shown = True

    def line(self, text: str) -> None:
        """Print a line that stays."""
        self.close()
        self._stream.write(clean(text) + "\n")
        self._stream.flush()

    def _cut(self, text: str) -> str:
        """Cut the text to the terminal's width: a wrapped line could not be erased."""
        import shutil

        width = shutil.get_terminal_size().columns - 1
        return text if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"

    def operation(self, event: Event) -> None:
        """For Connection.apply: print each step once, what changed, and what a long operation waits for."""
        if self._pace:
            self._pace.note(event)
        if event.kind == "step":
            self.line(event.step)
        elif event.kind == "started":
            self._said = (0.0, "")
            self.live(f"  … {event.operation}")
        elif event.kind == "waiting":
            self._waiting(event, event.seconds or 0.0)
        elif event.kind == "finished" and event.changed:
            self.line(f"  ~ {event.operation} ({duration(event.seconds or 0.0)})")
        elif event.kind == "failed":
            self.line(f"  ! {event.operation}")

    def _waiting(self, event: Event, seconds: float) -> None:
        estimate = [self._pace.words(event)] if self._pace else []
        words = [f"{duration(seconds)} so far", *([event.now] if event.now else []), *estimate]
        text = f"  … {event.operation}: {'; '.join(words)}"
        if self._terminal:
            self.live(text)
            return
        before_s, now = self._said
        pause_s = WORTH_A_LINE_S if not before_s or now != event.now else SAID_AGAIN_S
        if seconds - before_s >= pause_s:
            self._said = (seconds, event.now)
            self.line(text)

    def check(self, result: CheckResult) -> None:
        """For verify.run: print one line per check."""
        if result.outcome == "running":
            self.live(f"… {result.title}")
        else:
            word = {"passed": "ok", "failed": "FAILED"}.get(result.outcome, result.outcome)
            self.line(f"{word:8}{result.title} ({duration(result.seconds)})")

    def launch(self, event: LaunchEvent) -> None:
        """For launch_to_ready: a line for each phase; build lines are live, or all stay with `verbose`."""
        lines = [line for line in event.message.replace("\r", "\n").splitlines() if line.strip()]
        if not self._verbose and event.phase in _QUIET_PHASES and event.phase == self._phase:
            if lines:
                self.live(f"{event.phase:10}{lines[-1]}")
            return
        self._phase = event.phase
        for line in lines[-1:] if not self._verbose else lines:
            self.line(f"{duration(event.elapsed_s):>7}  {event.phase:10}{line}")


def duration(seconds: float) -> str:
    """Seconds as 0.4 s, 12 s or 3 min 5 s."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60} s"
