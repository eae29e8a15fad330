"""Processes identified by more than the pid, so that a reused pid is never mistaken for a VM's process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from binder_singlenode.errors import VmError

_PROC = Path("/proc")


def boot_id() -> str:
    """The id of this computer's current boot."""
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


@dataclass(frozen=True)
class Identity:
    """A process: pid, start time (clock ticks after boot) and boot id."""

    pid: int
    started: int
    boot: str

    def alive(self) -> bool:
        """Whether exactly this process still runs (a zombie does not)."""
        return self.boot == boot_id() and _started(self.pid) == self.started


def identify(pid: int) -> Identity | None:
    """The identity of a running process; None if no process has that pid."""
    started = _started(pid)
    return None if started is None else Identity(pid, started, boot_id())


def myself() -> Identity:
    """The identity of the current process."""
    me = identify(os.getpid())
    assert me is not None, "a running process has an entry in /proc"
    return me


def _started(pid: int) -> int | None:
    """Start time: field 22 of /proc/PID/stat (proc(5)); None if there is no process, or a zombie."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
        fields = stat.rpartition(")")[2].split()  # the process name before it may contain ")"
        return None if fields[0] in "ZX" and not _other_threads(pid) else int(fields[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _other_threads(pid: int) -> bool:
    """Whether other threads run: they keep files open although an ended first thread shows as a zombie."""
    return len(list((_PROC / str(pid) / "task").iterdir())) > 1


def find(*arguments: str, any_user: bool = False) -> Identity | None:
    """A process whose command line contains these consecutive arguments.

    Searches processes of this user; any_user: all visible ones, for processes that run with fewer rights.
    """
    needle = b"\0" + b"\0".join(argument.encode() for argument in arguments) + b"\0"
    for pid in with_words(needle, any_user):
        if identity := identify(pid):
            return identity
    return None


def with_words(needle: bytes, any_user: bool) -> Iterator[int]:
    """Pids of the processes whose command line (arguments end with NUL) contains these bytes."""
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            ours = any_user or entry.stat().st_uid == os.geteuid()
            found = ours and needle in (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if found:
            yield int(entry.name)


def children(pid: int) -> list[int]:
    """Pids of a process's running child processes."""
    try:
        listed = (_PROC / str(pid) / "task" / str(pid) / "children").read_text()
    except OSError:
        return []
    return [int(word) for word in listed.split()]


def wait_for_end(process: Identity, timeout_s: float) -> bool:
    """Wait until the process ends; False after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while process.alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def kill(process: Identity, timeout_s: float = 10) -> None:
    """Kill the process and wait until it is gone, unless it is already. VmError after `timeout_s`."""
    if not process.alive():
        return
    try:
        handle = os.pidfd_open(process.pid)  # refers to one process, even if its pid is reused
    except ProcessLookupError:
        return
    try:
        if process.alive():
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)
    if not wait_for_end(process, timeout_s):
        raise VmError(f"process {process.pid} did not end within {timeout_s:.0f} s of being killed")


def resident_bytes(pid: int) -> int:
    """Memory that a process occupies now (VmRSS of /proc/PID/status); 0 when it is gone."""
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    kib = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")), "0")
    return int(kib) * 1024
