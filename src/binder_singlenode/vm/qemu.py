"""Throwaway VMs on this computer: KVM where it really boots, emulation elsewhere; any number side by side."""

from __future__ import annotations

import dataclasses
import difflib
import time
from collections.abc import Sequence
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
    making,
    power,
    room,
    snapshots,
    state,
    watch,
)
from binder_singlenode.vm.qmp import monitor
from binder_singlenode.vm.state import Record


def provider() -> Qemu:
    """The provider of this module."""
    return Qemu()


class Qemu:
    """The VMs of this computer; each has a folder under the XDG state folder, vm/qemu/<name>."""

    name = "qemu"

    def plan(self, name: str, spec: VmSpec) -> Sequence[str]:
        """This computer costs nothing."""
        return ()

    def create(self, name: str, spec: VmSpec, progress: Progress = ignore) -> Vm:
        """Make a VM and wait until ssh answers. One that is there is started, and keeps its sizes.

        What a killed run left under this name is removed first; a VM that cannot be made leaves its
        console log at most.
        """
        checked_name(name)
        room.check_spec(spec)
        with state.locked():
            made = making.claim(name, spec, progress)
        if made:
            progress(f"VM {name!r} is there already")
            return self.start(name, progress)
        with making.undone_on_failure(name):
            self._make(name, spec, progress)
        return state.as_vm(name)

    def _make(self, name: str, spec: VmSpec, progress: Progress) -> None:
        began = time.monotonic()
        record, qemu, how = making.prepare(name, spec, progress)
        with state.locked():
            record = power.on(record, qemu, how)
        progress(f"VM {name!r} boots ({how}); waiting for ssh on 127.0.0.1:{state.as_vm(name).ssh_port}")
        watch.until_up(record, watch.BOOT_S[how])
        state.write(dataclasses.replace(record, phase="ready"))
        progress(f"VM {name!r} is up after {time.monotonic() - began:.0f} s")

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
                raise making.being_made(name, record)
            making.remove(name, record)

    def start(self, name: str, progress: Progress = ignore) -> Vm:
        """Switch it on and wait until ssh answers; nothing to do when it runs."""
        return self._start(name, progress, None)

    def stop(self, name: str, hard: bool = False) -> None:
        """Shut it down in order; hard: cut the power, as a failing machine would."""
        record = _made(name)
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
        written = watch.console_size(name)
        if hard:
            with monitor(state.folder(name)) as qemu:
                qemu.execute("system_reset")
        else:
            access.run(vm, "systemctl --no-block reboot")
        watch.until_up(record, watch.BOOT_S["tcg"], since=written, previous_boot=before)
        return vm

    def save(self, name: str, tag: str) -> None:
        """Keep the whole running machine (memory and disk) under a tag, replacing an older one."""
        _running(name)
        snapshots.save(name, checked_name(tag))

    def load(self, name: str, tag: str, progress: Progress = ignore) -> Vm:
        """Go back to what was saved under the tag: seconds, instead of a boot. The clock is set anew."""
        _made(name)
        snapshots.check(name, checked_name(tag), emulator.ensure(progress))
        self.stop(name, hard=True)
        vm = self._start(name, progress, tag)
        access.run(vm, f"date -u -s @{time.time():.0f}")
        return vm

    def _start(self, name: str, progress: Progress, load: str | None) -> Vm:
        record = _made(name)
        qemu = emulator.ensure(progress)
        how = accel.choose(qemu, image.Image(Path(record.image)), progress)
        with state.locked():
            record = power.on(record, qemu, how, load)
        watch.until_up(record, watch.BOOT_S[how], since=None if load else 0)
        return state.as_vm(name)


def _known(name: str) -> None:
    names = state.names()
    if name in names:
        return
    near = difflib.get_close_matches(name, names, 1)
    here = f"VMs here: {', '.join(names) or 'none'}; make one: vm create {name}"
    raise VmError(f"there is no VM called {name!r}", hint=f"did you mean {near[0]!r}?" if near else here)


def _made(name: str) -> Record:
    """The record of a VM that was made to the end."""
    _known(name)
    record = state.read(name)
    if record is None or record.phase == "making":
        raise VmError(f"the VM {name!r} is half-made", hint=f"vm create {name} (again), or vm destroy {name}")
    return record


def _running(name: str) -> Record:
    record = _made(name)
    if state.state_of(record) != "running":
        raise VmError(f"the VM {name!r} is not running", hint=f"start it first: vm create {name}")
    return record
