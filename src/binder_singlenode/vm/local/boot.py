"""Watching a VM boot: until ssh answers, or until the console shows that it never will."""

from __future__ import annotations

import re
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import programs
from binder_singlenode.vm.local import records, ssh_probe
from binder_singlenode.vm.local.records import Record

# Of any engine: an emulated CPU on a loaded computer. ssh answers after 5 to 20 s on an idle one.
SLOWEST_BOOT_S = 600

# What the console shows when waiting on is pointless.
_HOPELESS = re.compile(
    "Kernel panic - not syncing|ALERT! .* does not exist|You are in (emergency|rescue) mode"
)
_CONSOLE_BYTES = 8192


# systemd's line on the console when sshd listens (coloured in between).
_SSH_STARTED = re.compile(r"Started .*ssh\.service")


def until_up(
    record: Record, limit_s: float, *, since: int | None = 0, previous_boot: str | None = None
) -> None:
    """Wait for ssh; the last lines of the console are in the error.

    since: from which byte on the console tells of this boot; None when there is no boot to be told of.
    """

    def likely() -> bool:
        if record.process is None or not record.process.alive():
            raise VmError("the VM switched itself off", where=record.name)
        if lost := _HOPELESS.search(_console(record.name)):
            raise VmError(f"the VM cannot boot ({lost[0]})", where=record.name)
        return since is None or bool(_SSH_STARTED.search(_console(record.name, since)))

    try:
        ssh_probe.wait(records.as_vm(record.name), limit_s, likely, previous_boot)
    except VmError as error:
        end = programs.tail(_console(record.name) or "(nothing)")
        raise VmError(
            f"{error.message}; the end of its console:\n{end}",
            where=record.name,
            hint=f"all of it: {_log(record.name)}",
        ) from error


def console_size(name: str) -> int:
    """How much the VM wrote to its serial console since it was switched on, in bytes."""
    try:
        return _log(name).stat().st_size
    except FileNotFoundError:
        return 0


def _console(name: str, since: int | None = None) -> str:
    """What the VM wrote to its serial console: from a byte on, or the end of it."""
    start = max(0, console_size(name) - _CONSOLE_BYTES) if since is None else since
    try:
        with _log(name).open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")
    except FileNotFoundError:
        return ""


def _log(name: str) -> Path:
    return records.folder(name) / "console.log"
