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
    """Who holds the lock. pid and its start time tell a live run from a dead one, on `computer` alone."""

    who: str
    computer: str
    when: str
    why: str
    pid: int
    started: str

    @classmethod
    def this_run(cls, why: str) -> Holder:
        """Us, now."""
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return cls(_user(), socket.gethostname(), when, why, os.getpid(), start_time(os.getpid()))

    @classmethod
    def parse(cls, text: str) -> Holder | None:
        """From the lock's file; None when it was cut off or is not ours."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    @property
    def is_dead(self) -> bool:
        """Known to be dead: it ran on this computer, and its process is gone."""
        return self.computer == socket.gethostname() and start_time(self.pid) != self.started

    def __str__(self) -> str:
        return f"{self.who} on {self.computer}, since {self.when}, for: {self.why} (process {self.pid})"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        return str(os.getuid())


def start_time(pid: int) -> str:
    """When a process of this computer was started, in the kernel's own units; "" when it is gone or where
    there is no /proc (then only the number is compared)."""
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
