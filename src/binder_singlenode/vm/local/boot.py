"""Wait for a VM to boot: until ssh answers, or until the console shows that the boot has failed."""

from __future__ import annotations

import re
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import programs
from binder_singlenode.vm.local import records, ssh_probe
from binder_singlenode.vm.local.records import Record

# For all engines: an emulated CPU on a loaded computer. On an idle computer ssh answers after 5 to 20 s.
SLOWEST_BOOT_S = 600

# Console messages after which the boot cannot succeed.
_HOPELESS = re.compile(
    "Kernel panic - not syncing|ALERT! .* does not exist|You are in (emergency|rescue) mode"
)
_CONSOLE_BYTES = 8192


# systemd's console message when sshd listens (with colour codes in between).
_SSH_STARTED = re.compile(r"Started .*ssh\.service")


def until_up(
    record: Record, limit_s: float, *, since: int | None = 0, previous_boot: str | None = None
) -> None:
    """Wait for ssh. VmError, with the last lines of the console, if the boot fails or exceeds limit_s.

    since: byte offset in the console log where this boot begins; None for a VM that is already running.
    """

    def likely() -> bool:
        if record.process is None or not record.process.alive():
            raise VmError("the VM switched itself off", where=record.name)
        if since is None:
            return True
        told = console(record.name, since)  # an earlier boot may have ended in a panic
        if lost := _HOPELESS.search(told):
            raise VmError(f"the VM cannot boot ({lost[0]})", where=record.name)
        return bool(_SSH_STARTED.search(told))

    try:
        ssh_probe.wait(records.as_vm(record.name), limit_s, likely, previous_boot)
    except VmError as error:
        end = programs.tail(console(record.name) or "(nothing)")
        raise VmError(
            f"{error.message}; the end of its console:\n{end}",
            where=record.name,
            hint=f"all of it: {_log(record.name)}",
        ) from error


def console_size(name: str) -> int:
    """Size of the serial console's log since power on, in bytes."""
    try:
        return _log(name).stat().st_size
    except FileNotFoundError:
        return 0


def console(name: str, since: int | None = None) -> str:
    """The serial console's log from byte `since` on; None: its last _CONSOLE_BYTES."""
    start = max(0, console_size(name) - _CONSOLE_BYTES) if since is None else since
    try:
        with _log(name).open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")
    except FileNotFoundError:
        return ""


def _log(name: str) -> Path:
    return records.folder(name) / "console.log"
