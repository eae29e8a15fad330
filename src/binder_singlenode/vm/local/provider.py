"""Provider of VMs on this computer, run by qemu or user-mode Linux; any number at the same time."""

from __future__ import annotations

import dataclasses
import difflib
import time
from collections.abc import Sequence
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Progress, Vm, VmSpec, checked_name, ignore
from binder_singlenode.vm.local import boot, capacity, choice, create, engine, power, records, ssh_probe
from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.local.freeze import frozen
from binder_singlenode.vm.local.records import Record


class LocalVms:
    """The VMs of this computer; each has a folder vm/local/<name> in the XDG state folder.

    name: the engine for new VMs ("qemu", "uml"), or "auto" for the fastest that works here. `list` returns
    that engine's VMs, for "auto" all. The other methods use the engine that the VM was created with.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def plan(self, name: str, spec: VmSpec) -> Sequence[str]:
        """Empty: local VMs cost nothing."""
        return ()

    def create(self, name: str, spec: VmSpec, progress: Progress = ignore) -> Vm:
        """Create a VM and wait until ssh answers. An existing VM is started, and keeps its sizes.

        Leftovers of an interrupted run under this name are removed first. After a failure, at most the
        console log remains.
        """
        checked_name(name)
        capacity.check_spec(spec)
        if create.finished(name):
            progress(f"VM {name!r} is there already")
            return self.start(name, progress)
        runs = choice.choose(self.name, spec, progress)
        with records.locked():
            claimed = create.claim(name, spec, runs, progress)
        with create.undone_on_failure(name):
            image = create.image(spec, progress)
            launcher = runs.launcher(image, progress)
            choice.works(runs)
            create.identity(name, progress)
            runs.make_disk(records.folder(name), image, spec.disk_bytes, progress)
            self._first_boot(dataclasses.replace(claimed, image=str(image.folder)), launcher, progress)
        return records.as_vm(name)

    def _first_boot(self, record: Record, launcher: engine.Launcher, progress: Progress) -> None:
        began = time.monotonic()
        with records.locked():
            record = power.on(record, launcher)
        port = records.as_vm(record.name).ssh_port
        closed = "" if record.internet else "; cut off from every network"
        progress(f"VM {record.name!r} boots ({launcher.how}{closed}); waiting for ssh on 127.0.0.1:{port}")
        boot.until_up(record, launcher.boot_limit_s)
        records.write(dataclasses.replace(record, phase="ready"))
        progress(f"VM {record.name!r} answers {time.monotonic() - began:.0f} s after it was switched on")

    def list(self) -> list[Vm]:
        """All VMs of this provider, including incomplete and dead ones, sorted by name."""
        vms = map(records.as_vm, records.names())
        return [vm for vm in vms if self.name in ("auto", vm.provider) or vm.provider == records.UNKNOWN]

    def get(self, name: str) -> Vm:
        """The VM with that name; VmError if there is none."""
        _known(name)
        return records.as_vm(name)

    def destroy(self, name: str) -> None:
        """Kill the VM and remove its folder; VmError if another process is creating it now."""
        _known(name)
        with records.locked():
            record = records.read(name)
            if records.state_of(record) == "making":
                raise create.being_made(name, record)
            create.remove(name, record)

    def start(self, name: str, progress: Progress = ignore) -> Vm:
        """Start the VM (unless it is running) and wait until ssh answers."""
        record = _made(name)
        launcher = engine.of(record).launcher(Image(Path(record.image)).check(), progress)
        with records.locked():
            runs_already = engine.running(record) is not None
            record = power.on(record, launcher)
        boot.until_up(record, launcher.boot_limit_s, since=None if runs_already else 0)
        return records.as_vm(name)

    def stop(self, name: str, hard: bool = False) -> None:
        """Shut the VM down cleanly; hard: power it off at once, as in a power failure."""
        record = _made(name)
        found = engine.running(record)
        if found and not hard:
            power.shut_down(record, found)
        with records.locked():
            if hard:
                power.cut(name, record)
            records.write(dataclasses.replace(record, process=None))

    def reboot(self, name: str, hard: bool = False) -> Vm:
        """Reboot the VM and wait until ssh answers; hard: reset it without a shutdown."""
        record = _running(name)
        vm = records.as_vm(name)
        before = ssh_probe.answers(vm)
        written = boot.console_size(name)
        if hard:
            engine.of(record).press_reset(name)
        else:
            ssh_probe.run(vm, "systemctl --no-block reboot")
        boot.until_up(record, boot.SLOWEST_BOOT_S, since=written, previous_boot=before)
        return vm

    def save(self, name: str, tag: str) -> None:
        """Save the disk of the running VM as `tag`, replacing an older one.

        The file system is frozen meanwhile (seconds), so the saved one is consistent. For programs, its
        content is as after a flush and a power failure.
        """
        checked_name(tag)
        record = _running(name)
        with frozen(records.as_vm(name)):
            engine.of(record).snapshot(name, tag)

    def reset(self, name: str, tag: str, progress: Progress = ignore) -> Vm:
        """Restore the disk saved as `tag`, and boot it."""
        record = _saved(name, tag, progress)
        self.stop(name, hard=True)
        engine.of(record).restore(name, tag, progress)
        return self.start(name, progress)

    def fork(self, name: str, tag: str, new: str, progress: Progress = ignore) -> Vm:
        """Create another VM from a saved disk: same content, sizes and keys, but its own ports.

        It keeps the host name of the first VM, which is on the disk.
        """
        checked_name(new)
        source = _saved(name, tag, progress)
        if create.finished(new):
            raise create.taken(new)
        runs = engine.of(source)
        launcher = runs.launcher(Image(Path(source.image)).check(), progress)
        spec = VmSpec(memory_bytes=source.memory_bytes, cpus=source.cpus, internet=source.internet)
        with records.locked():
            claimed = create.claim(new, spec, runs, progress)
        with create.undone_on_failure(new):
            create.same_identity(name, new)
            runs.copy_disk(name, tag, records.folder(new), progress)
            self._first_boot(dataclasses.replace(claimed, image=source.image), launcher, progress)
        return records.as_vm(new)


def _known(name: str) -> None:
    names = records.names()
    if name in names:
        return
    near = difflib.get_close_matches(name, names, 1)
    here = f"VMs here: {', '.join(names) or 'none'}; make one: vm create {name}"
    raise VmError(f"there is no VM called {name!r}", hint=f"did you mean {near[0]!r}?" if near else here)


def _made(name: str) -> Record:
    """The record of a completely created VM; VmError if there is none."""
    _known(name)
    record = records.read(name)
    if record is None or record.phase == "making":
        raise VmError(f"the VM {name!r} is half-made", hint=f"vm create {name} (again), or vm destroy {name}")
    return record


def _running(name: str) -> Record:
    record = _made(name)
    if records.state_of(record) != "running":
        raise VmError(f"the VM {name!r} is not running", hint=f"start it first: vm create {name}")
    return record


def _saved(name: str, tag: str, progress: Progress) -> Record:
    """The record of a VM that has a disk saved as `tag`; VmError if there is none."""
    record = _made(name)
    tags = engine.of(record).tags(name, progress)
    if checked_name(tag) not in tags:
        kept = ", ".join(sorted(tags)) or "none"
        raise VmError(f"the VM {name!r} has no saved disk {tag!r}", hint=f"saved disks: {kept}")
    return record
