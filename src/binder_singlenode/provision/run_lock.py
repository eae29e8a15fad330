"""The run lock on the host (who, when, why: lock_holder.py), and the audit log.

The lock is a folder, because mkdir is atomic on every file system. Its file `holder` names the holder. If the
holder ran on this computer and is dead, the lock is taken over with a warning. Otherwise the error shows the
command that removes the lock.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict

from binder_singlenode import config
from binder_singlenode.errors import LockedError
from binder_singlenode.layout.paths import AUDIT_LOG, LOCK, VAR
from binder_singlenode.provision.lock_holder import Holder
from binder_singlenode.ssh.session import Session, said

HELD_EXIT_CODE = 75
TIMEOUT_S = 60

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def locked(session: Session, why: str) -> Iterator[Journal]:
    """Hold the host's lock; write an audit line at start and end. Raises LockedError, ConnectError."""
    journal = Journal(session, Holder.this_run(why))
    journal.acquire()
    outcome = "interrupted"
    try:
        yield journal
        outcome = "succeeded"
    except Exception as error:
        outcome = f"failed: {type(error).__name__}"
        raise
    finally:
        journal.release(outcome)


class Journal:
    """The lock and the audit log of one host."""

    def __init__(self, session: Session, holder: Holder) -> None:
        self._session = session
        self._host = session.host
        self._holder = holder
        self._notes = ""

    def acquire(self) -> None:
        """Take the lock. Raises LockedError if another run holds it, or if it cannot be made."""
        done = self._root(acquire_script(), json.dumps(asdict(self._holder)) + "\n" + self._line("started"))
        if done.returncode == HELD_EXIT_CODE:
            self._held(done.stdout)
        elif done.returncode != 0:
            raise LockedError(
                f"cannot make the lock: {said(done)}",
                where=self._host.name,
                hint="is the disk full?",
            )

    def _held(self, text: str) -> None:
        holder = Holder.parse(text)
        if holder is not None and holder.is_dead:
            logger.warning("taking over the lock of a dead run: %s", holder)
            self._root(remove_script(holder))
            return self.acquire()
        raise LockedError(
            f"another run holds the host: {holder or 'it does not say who'}",
            where=self._host.name,
            hint="wait for it; if it is dead: "
            f"binder-singlenode ssh {config.argument(self._host)} -- {self._remove_by_hand()}",
        )

    def _remove_by_hand(self) -> str:
        sudo = "" if self._host.ssh.user == "root" else "sudo "
        return f"{sudo}rm -r {LOCK}"

    def note(self, text: str) -> None:
        """Append to the final line of the run in the audit log, such as "changed=3"."""
        self._notes += f" {text}"

    def release(self, outcome: str) -> None:
        """Release the lock; if that fails, such as for an unreachable host, only log a warning."""
        try:
            self._root(release_script(self._holder), self._line(outcome + self._notes))
        except Exception as error:  # the error that ended the run matters more
            logger.warning("the lock on %s stays: %s", self._host.name, error)

    def _line(self, outcome: str) -> str:
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        holder = self._holder
        return f"{when} {holder.who}@{holder.computer} {' '.join(holder.why.split())}: {outcome}\n"

    def _root(self, command: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return self._session.as_root(command, text, TIMEOUT_S)


def acquire_script() -> str:
    """Reads the holder's line and the audit line. If the lock is held: exit code 75, and the holder's line.

    The holder's file is written after the lock is made: for a moment, it can be missing or incomplete.
    """
    return (
        f"umask 022; read -r holder; mkdir -p {VAR} {AUDIT_LOG.rpartition('/')[0]} || exit 1;"
        f" mkdir {LOCK} 2>/dev/null || {{ [ -d {LOCK} ] || exit 1; cat {LOCK}/holder 2>/dev/null;"
        f" exit {HELD_EXIT_CODE}; }};"
        f' printf "%s\\n" "$holder" > {LOCK}/holder && {_append()}'
    )


def _append() -> str:
    # The umask creates the log with mode 0640: it names people.
    return f"(umask 027; cat >> {AUDIT_LOG})"


def _is_held_by(holder: Holder) -> str:
    expected = shlex.quote(json.dumps(asdict(holder)))
    return f'[ "$(cat {LOCK}/holder 2>/dev/null)" = {expected} ]'


def remove_script(holder: Holder) -> str:
    """Remove the lock if this holder still has it."""
    return f"if {_is_held_by(holder)}; then rm -rf {LOCK}; fi"


def release_script(holder: Holder) -> str:
    """Write the audit line (not after `down`, which removes the log), and remove the lock of this holder."""
    folder = AUDIT_LOG.rpartition("/")[0]
    return f"if [ -d {folder} ]; then {_append()}; fi; {remove_script(holder)}"
