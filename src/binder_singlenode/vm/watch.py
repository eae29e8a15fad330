"""Watching a VM boot: until ssh answers, or until the console shows that it never will."""

from __future__ import annotations

import os
import re

from binder_singlenode.errors import VmError
from binder_singlenode.vm import access, state, tools
from binder_singlenode.vm.accel import Accel
from binder_singlenode.vm.state import Record

# ssh answers about 20 s after the start under emulation on two idle cores; on loaded ones much later.
BOOT_S: dict[Accel, float] = {"kvm": 180, "tcg": 600}

# What the console shows when waiting on is pointless.
_HOPELESS = re.compile(
    "Kernel panic - not syncing|ALERT! .* does not exist|You are in (emergency|rescue) mode"
)
_CONSOLE_BYTES = 8192


def until_up(record: Record, limit_s: float, previous_boot: str | None = None) -> None:
    """Wait for ssh; the last lines of the console are in the error."""

    def check() -> None:
        if record.process is None or not record.process.alive():
            raise VmError("the VM switched itself off", where=record.name)
        if lost := _HOPELESS.search(_console(record.name)):
            raise VmError(f"the VM cannot boot ({lost[0]})", where=record.name)

    try:
        access.wait(state.as_vm(record.name), limit_s, check, previous_boot)
    except VmError as error:
        raise VmError(
            f"{error.message}; the end of its console:\n{tools.tail(_console(record.name) or '(nothing)')}",
            where=record.name,
            hint=f"all of it: {state.folder(record.name) / 'console.log'}",
        ) from error


def _console(name: str) -> str:
    """The end of what the VM wrote to its serial console since it was last started."""
    try:
        with (state.folder(name) / "console.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _CONSOLE_BYTES))
            return log.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
