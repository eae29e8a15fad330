"""Select this computer's CPUs for a VM. The VM's kernel stays on the CPUs it may use (linux/cpus.patch)."""

from __future__ import annotations

import os
import time
from pathlib import Path

from binder_singlenode.vm.local import process
from binder_singlenode.vm.uml.command_line import MARKER

_PROC = Path("/proc")
_SAMPLE_S = 0.1


def quietest(count: int) -> set[int]:
    """Of the CPUs that this process may use, the `count` with the fewest VMs, then with the least load.

    Returns fewer CPUs if this process may use fewer.
    """
    allowed = sorted(os.sched_getaffinity(0))
    vms, busy = vms_per_cpu(allowed), _busy_ticks(_SAMPLE_S)
    return set(sorted(allowed, key=lambda cpu: (vms[cpu], busy.get(cpu, 0)))[:count])


def vms_per_cpu(cpus: list[int]) -> dict[int, int]:
    """Number of VM kernels on each CPU, from their threads: a kernel has one thread per virtual CPU."""
    count = dict.fromkeys(cpus, 0)
    for pid in process.with_words(f"\0{MARKER}".encode(), any_user=True):
        for cpu in _cpus_of(pid) & count.keys():
            count[cpu] += 1
    return count


def _cpus_of(pid: int) -> set[int]:
    try:
        threads = [int(entry.name) for entry in (_PROC / str(pid) / "task").iterdir()]
        return {cpu for thread in threads for cpu in os.sched_getaffinity(thread)}
    except OSError:
        return set()  # the process has ended


def _busy_ticks(seconds: float) -> dict[int, int]:
    before = _worked()
    time.sleep(seconds)
    return {cpu: ticks - before.get(cpu, 0) for cpu, ticks in _worked().items()}


def _worked() -> dict[int, int]:
    """Clock ticks that each CPU has been busy since boot (proc_stat(5))."""
    worked = {}
    for line in (_PROC / "stat").read_text().splitlines():
        name, *ticks = line.split()
        if name.startswith("cpu") and name != "cpu":
            user, nice, system, _idle, _iowait, irq, softirq = map(int, ticks[:7])
            worked[int(name.removeprefix("cpu"))] = user + nice + system + irq + softirq
    return worked
