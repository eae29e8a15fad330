"""Processes by identity, not by number: a recycled process id is never taken for ours."""

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
    """The id of this computer's present boot."""
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


@dataclass(frozen=True)
class Identity:
    """A process: its number, the moment it started (clock ticks after boot) and the boot it lives in."""

    pid: int
    started: int
    boot: str

    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return self.boot == boot_id() and _started(self.pid) == self.started


def identify(pid: int) -> Identity | None:
    """The identity of a running process; None when there is none of that number."""
    started = _started(pid)
    return None if started is None else Identity(pid, started, boot_id())


def myself() -> Identity:
    """The identity of this very process."""
    me = identify(os.getpid())
    assert me is not None, "a running process has an entry in /proc"
    return me


def _started(pid: int) -> int | None:
    """Field 22 of /proc/PID/stat (proc(5)); None for no process and for a zombie."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
        fields = stat.rpartition(")")[2].split()  # the name before it may hold anything, even ")"
        return None if fields[0] in "ZX" and not _other_threads(pid) else int(fields[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _other_threads(pid: int) -> bool:
    """A first thread that has ended shows as a zombie while others still hold the process's files."""
    return len(list((_PROC / str(pid) / "task").iterdir())) > 1


def find(*arguments: str, any_user: bool = False) -> Identity | None:
    """A process whose command line holds these arguments one after the other.

    Of this user's; any_user: of all that can be seen, for those that run with less rights than this one.
    """
    needle = b"\0" + b"\0".join(argument.encode() for argument in arguments) + b"\0"
    for pid in with_words(needle, any_user):
        if identity := identify(pid):
            return identity
    return None


def with_words(needle: bytes, any_user: bool) -> Iterator[int]:
    """The processes whose command line, its arguments ended by NUL, holds these bytes."""
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
    """The processes that a process started and that still run."""
    try:
        listed = (_PROC / str(pid) / "task" / str(pid) / "children").read_text()
    except OSError:
        return []
    return [int(word) for word in listed.split()]


def wait_for_end(process: Identity, timeout_s: float) -> bool:
    """Whether the process ended within the time."""
    deadline = time.monotonic() + timeout_s
    while process.alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def kill(process: Identity, timeout_s: float = 10) -> None:
    """End the process at once, and wait until it is gone; nothing to do when it is."""
    if not process.alive():
        return
    try:
        handle = os.pidfd_open(process.pid)  # from here on the number cannot pass to another process
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
