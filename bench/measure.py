"""One run of a command: how long, how much CPU of this computer, and what it said."""

import resource
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """CPU is user plus system time of the command and of all that it waited for."""

    wall_s: float
    cpu_s: float
    code: int
    stdout: str
    stderr: str


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Run the command to its end; the exit code is the caller's to judge."""
    before, begin = _cpu_s(), time.monotonic()
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False
    )
    return Run(time.monotonic() - begin, _cpu_s() - before, done.returncode, done.stdout, done.stderr)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def median_wall_s(runs: Sequence[Run]) -> float:
    """The run in the middle: one that was disturbed does not count."""
    return statistics.median(run.wall_s for run in runs)


def row(name: str, runs: Sequence[Run]) -> str:
    """One line of a result: the median, then every run."""
    walls = " ".join(f"{run.wall_s:.1f}" for run in runs)
    cpu_s = statistics.median(run.cpu_s for run in runs)
    return f"{name:34}{median_wall_s(runs):8.1f} s wall{cpu_s:8.2f} s CPU here   (wall: {walls})"


def verdict(holds: bool) -> int:
    """Say it, and return the exit code."""
    print("pass" if holds else "FAIL")
    return 0 if holds else 1
