"""On which CPUs of this computer a VM runs. Its kernel stays on those that it may use (linux/cpus.patch)."""

from __future__ import annotations

import os
import time
from pathlib import Path

_PROC = Path("/proc")
_SAMPLE_S = 0.1
_MARKER = b"\0binder.vm="


def quietest(count: int) -> set[int]:
    """Of the CPUs that this process may use, those with the fewest VMs, then with the least work.

    Fewer than `count` where there are not so many.
    """
    allowed = sorted(os.sched_getaffinity(0))
    vms, busy = _vms(allowed), _busy_ticks(_SAMPLE_S)
    return set(sorted(allowed, key=lambda cpu: (vms[cpu], busy.get(cpu, 0)))[:count])


def _vms(cpus: list[int]) -> dict[int, int]:
    """How many kernels stay on each CPU."""
    count = dict.fromkeys(cpus, 0)
    for entry in _PROC.iterdir():
        try:
            if entry.name.isdigit() and _MARKER in (entry / "cmdline").read_bytes():
                for cpu in os.sched_getaffinity(int(entry.name)) & count.keys():
                    count[cpu] += 1
        except OSError:
            continue  # it ended
    return count


def _busy_ticks(seconds: float) -> dict[int, int]:
    before = _worked()
    time.sleep(seconds)
    return {cpu: ticks - before.get(cpu, 0) for cpu, ticks in _worked().items()}


def _worked() -> dict[int, int]:
    """Clock ticks that each CPU was not idle since the computer's start (proc_stat(5))."""
    worked = {}
    for line in (_PROC / "stat").read_text().splitlines():
        name, *ticks = line.split()
        if name.startswith("cpu") and name != "cpu":
            user, nice, system, _idle, _iowait, irq, softirq = map(int, ticks[:7])
            worked[int(name.removeprefix("cpu"))] = user + nice + system + irq + softirq
    return worked
