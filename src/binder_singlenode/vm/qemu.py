"""Throwaway VMs on this computer: KVM where it really boots, emulation elsewhere; any number side by side."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import os
import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import (
    Progress,
    Vm,
    VmSpec,
    accel,
    access,
    checked_name,
    emulator,
    ignore,
    image,
    power,
    process,
    room,
    seed,
    state,
    tools,
)
from binder_singlenode.vm.qmp import monitor
from binder_singlenode.vm.state import Record

# ssh answers about 20 s after the start under emulation on two idle cores; on loaded ones much later.
_BOOT_S: dict[accel.Accel, float] = {"kvm": 180, "tcg": 600}

# Writing or reading the memory of the whole machine.
_SNAPSHOT_S = 600


# What the console shows when waiting on is pointless.
_HOPELESS = re.compile(
    "Kernel panic - not syncing|ALERT! .* does not exist|You are in (emergency|rescue) mode"
)
_CONSOLE_BYTES = 8192


def provider() -> Qemu:
    """The provider of this module."""
    return Qemu()


class Qemu:
    """The VMs of this computer; each has a folder under the XDG state folder, vm/qemu/<name>."""

    name = "qemu"

    def create(self, name: str, spec: VmSpec, progress: Progress = ignore) -> Vm:
        """Make a VM and wait until ssh answers; what a killed run left under this name is removed first."""
        checked_name(name)
        room.check_spec(spec)
        with state.locked():
            _claim(name, spec, progress)
        with _undone_on_failure(name):
            began = time.monotonic()
            record, qemu, how = _prepare(name, spec, progress)
            with state.locked():
                record = _power_on(record, qemu, how)
            progress(f"VM {name!r} boots ({how}); waiting for ssh on 127.0.0.1:{state.as_vm(name).ssh_port}")
            _wait(record, _BOOT_S[how])
            state.write(dataclasses.replace(record, phase="ready"))
            progress(f"VM {name!r} is up after {time.monotonic() - began:.0f} s")
        return state.as_vm(name)

    def list(self) -> list[Vm]:
        """Every VM of this computer, half-made and dead ones too, by name."""
        return [state.as_vm(name) for name in state.names()]

    def get(self, name: str) -> Vm:
        """The VM of that name."""
        _known(name)
        return state.as_vm(name)

    def destroy(self, name: str) -> None:
        """End the VM and remove its folder; a VM that another program is just making is left alone."""
        _known(name)
        with state.locked():
            record = state.read(name)
            if state.state_of(record) == "making":
                raise _being_made(name, record)
            _remove(name, record)

    def start(self, name: str, progress: Progress = ignore) -> Vm:
        """Switch it on and wait until ssh answers; nothing to do when it runs."""
        return self._start(name, progress, None)

    def stop(self, name: str, hard: bool = False) -> None:
        """Shut it down in order; hard: cut the power, as a failing machine would."""
        record = state.existing(checked_name(name))
        found = power.running(record)
        if found and not hard:
            power.shut_down(record, found)
        with state.locked():
            power.cut(name, found if hard else None)
            state.write(dataclasses.replace(record, process=None))

    def reboot(self, name: str, hard: bool = False) -> Vm:
        """Boot it anew and wait until ssh answers; hard: press the reset button."""
        record = _running(name)
        vm = state.as_vm(name)
        before = access.answers(vm)
        if hard:
            with monitor(state.folder(name)) as qemu:
                qemu.execute("system_reset")
        else:
            access.run(vm, "systemctl --no-block reboot")
        _wait(record, _BOOT_S["tcg"], previous_boot=before)
        return vm

    def save(self, name: str, tag: str) -> None:
        """Keep the whole running machine (memory and disk) under a tag, replacing an older one."""
        _running(name)
        checked_name(tag)
        with monitor(state.folder(name), timeout_s=_SNAPSHOT_S) as qemu:
            if tag in _tags(qemu.execute("query-named-block-nodes")):
                qemu.job("snapshot-delete", _SNAPSHOT_S, tag=tag, devices=["disk"])
            qemu.job("snapshot-save", _SNAPSHOT_S, tag=tag, vmstate="disk", devices=["disk"])

    def load(self, name: str, tag: str, progress: Progress = ignore) -> Vm:
        """Go back to what was saved under the tag: seconds, instead of a boot. The clock is set anew."""
        record = state.existing(checked_name(name))
        with state.locked():
            power.cut(name, power.running(record))
            state.write(dataclasses.replace(record, process=None))
        vm = self._start(name, progress, checked_name(tag))
        access.run(vm, f"date -u -s @{time.time():.0f}")
        return vm

    def _start(self, name: str, progress: Progress, load: str | None) -> Vm:
        record = state.existing(checked_name(name))
        qemu = emulator.ensure(progress)
        how = accel.choose(qemu, image.Image(Path(record.image)), progress)
        with state.locked():
            record = _power_on(record, qemu, how, load)
        _wait(record, _BOOT_S[how])
        return state.as_vm(name)


def _known(name: str) -> None:
    names = state.names()
    if name in names:
        return
    near = difflib.get_close_matches(name, names, 1)
    here = f"VMs here: {', '.join(names) or 'none'}"
    raise VmError(f"there is no VM called {name!r}", hint=f"did you mean {near[0]!r}?" if near else here)


def _running(name: str) -> Record:
    record = state.existing(checked_name(name))
    if state.state_of(record) != "running":
        raise VmError(f"the VM {name!r} is not running", hint="start it first")
    return record


def _being_made(name: str, record: Record | None) -> VmError:
    maker = record.maker.pid if record else 0
    return VmError(f"the VM {name!r} is just being made by process {maker}", hint="wait for it, or end it")


def _claim(name: str, spec: VmSpec, progress: Progress) -> None:
    """Take the name, under the lock: from here on there is a folder with a record in it."""
    if name in state.names():
        record = state.read(name)
        if record and record.phase == "ready":
            raise VmError(f"there is a VM called {name!r}", hint=f"another name, or first: vm destroy {name}")
        if state.state_of(record) == "making":
            raise _being_made(name, record)
        progress(f"removing what an interrupted run left of VM {name!r}")
        _remove(name, record)
    room.check_memory(spec.memory_bytes, _promised_bytes())
    _failed_log(name).unlink(missing_ok=True)
    state.folder(name).mkdir(parents=True, mode=0o700)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    state.write(
        Record(name, created, "making", process.myself(), spec.memory_bytes, spec.cpus, spec.restrict, "")
    )


def _prepare(name: str, spec: VmSpec, progress: Progress) -> tuple[Record, emulator.Emulator, accel.Accel]:
    """All that a VM needs before its first start."""
    tools.require(["openssh-client", "e2fsprogs"], progress)
    qemu = emulator.ensure(progress)
    base = (
        image.Image(spec.image).check()
        if spec.image
        else image.ensure(image.recipe(spec.release, qemu.arch), progress)
    )
    how = accel.choose(qemu, base, progress)
    folder = state.folder(name)
    seed.keys(folder, name)
    seed.seed_disk(folder, name)
    seed.root_disk(folder, base, qemu, spec.disk_bytes)
    record = state.read(name)
    assert record is not None, "written when the name was claimed"
    return dataclasses.replace(record, image=str(base.folder.absolute())), qemu, how


def _power_on(record: Record, qemu: emulator.Emulator, how: accel.Accel, load: str | None = None) -> Record:
    if power.running(record) is None:
        room.check_memory(record.memory_bytes, _promised_bytes())
    record = power.on(record, qemu, how, load)
    access.write_known_hosts(state.as_vm(record.name))
    return record


def _promised_bytes() -> int:
    records = (state.read(name) for name in state.names())
    alive = [(record.memory_bytes, record.process) for record in records if record and record.process]
    return room.promised_bytes((memory, found.pid) for memory, found in alive if found.alive())


def _wait(record: Record, limit_s: float, previous_boot: str | None = None) -> None:
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


@contextlib.contextmanager
def _undone_on_failure(name: str) -> Iterator[None]:
    """A VM that could not be made to the end leaves nothing but its console log, for whoever looks why."""
    try:
        yield
    except BaseException as error:
        log = _failed_log(name)
        console = state.folder(name) / "console.log"
        if isinstance(error, VmError) and console.exists():
            shutil.move(console, log)
            error.hint = f"all of it: {log}"
        with state.locked():
            _remove(name, state.read(name))
        raise


def _failed_log(name: str) -> Path:
    return state.root() / f"{name}.failed.log"


def _remove(name: str, record: Record | None) -> None:
    found = power.running(record) if record else power.of_folder(name)
    power.cut(name, found)
    state.remove(name)


def _tags(nodes: list[dict[str, object]]) -> set[str]:
    tags: set[str] = set()
    for node in nodes:
        if node.get("node-name") == "disk":
            info = node.get("image")
            assert isinstance(info, dict)
            tags |= {str(entry["name"]) for entry in info.get("snapshots", [])}
    return tags
