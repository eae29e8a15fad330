"""Who holds a host's run lock, and whether that run is still alive."""

from __future__ import annotations

import getpass
import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Holder:
    """Who holds the lock. On `computer`, pid and process start time show whether the run is alive."""

    who: str
    computer: str
    when: str
    why: str
    pid: int
    started: str

    @classmethod
    def this_run(cls, why: str) -> Holder:
        """This process as the holder, since now."""
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return cls(_user(), socket.gethostname(), when, why, os.getpid(), start_time(os.getpid()))

    @classmethod
    def parse(cls, text: str) -> Holder | None:
        """Parse the lock's file; None if it is truncated or has another format."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    @property
    def is_dead(self) -> bool:
        """Whether the run is known to be dead: it ran on this computer, and its process is gone."""
        return self.computer == socket.gethostname() and start_time(self.pid) != self.started

    def __str__(self) -> str:
        return f"{self.who} on {self.computer}, since {self.when}, for: {self.why} (process {self.pid})"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        return str(os.getuid())


def start_time(pid: int) -> str:
    """When a process on this computer was started, in clock ticks since boot; "" if it is gone. Without
    /proc, "alive" while there is a process with this pid (then only the pid is compared)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return "alive" if not Path("/proc/self").exists() and _alive(pid) else ""
    return stat.rpartition(")")[2].split()[19]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
