"""Making a VM, in steps that can be killed anywhere: what is half-made shows as such and is removed."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import (
    Progress,
    VmSpec,
    accel,
    debian,
    emulator,
    image,
    power,
    process,
    recipe,
    room,
    seed,
    state,
    tools,
)
from binder_singlenode.vm.state import Record


def claim(name: str, spec: VmSpec, progress: Progress) -> Record | None:
    """Take the name, under the lock: from here on there is a folder with a record in it.

    The record of the VM when one was made to the end before (then nothing is taken).
    """
    if name in state.names():
        record = state.read(name)
        if record and record.phase == "ready":
            return record
        if state.state_of(record) == "making":
            raise being_made(name, record)
        progress(f"removing what an interrupted run left of VM {name!r}")
        remove(name, record)
    room.check_memory(spec.memory_bytes, power.promised_bytes())
    _failed_log(name).unlink(missing_ok=True)
    state.folder(name).mkdir(parents=True, mode=0o700)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    maker = process.myself()
    state.write(Record(name, created, "making", maker, spec.memory_bytes, spec.cpus, spec.restrict, ""))
    return None


def prepare(name: str, spec: VmSpec, progress: Progress) -> tuple[Record, emulator.Emulator, accel.Accel]:
    """All that a VM needs before its first start."""
    tools.require(["openssh-client", "e2fsprogs"], progress)
    qemu = emulator.ensure(progress)
    base = _image(spec, qemu.arch, progress)
    how = accel.choose(qemu, base, progress)
    folder = state.folder(name)
    seed.keys(folder, name)
    seed.seed_disk(folder, name)
    seed.root_disk(folder, base, qemu, spec.disk_bytes)
    record = state.read(name)
    assert record is not None, "written when the name was claimed"
    return dataclasses.replace(record, image=str(base.folder)), qemu, how


def _image(spec: VmSpec, arch: str, progress: Progress) -> image.Image:
    if spec.image:
        return image.Image(spec.image.absolute()).check()
    return debian.ensure(recipe.recipe(spec.release, arch), progress)


@contextlib.contextmanager
def undone_on_failure(name: str) -> Iterator[None]:
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
            remove(name, state.read(name))
        raise


def _failed_log(name: str) -> Path:
    return state.root() / f"{name}.failed.log"


def remove(name: str, record: Record | None) -> None:
    found = power.running(record) if record else power.of_folder(name)
    power.cut(name, found)
    state.remove(name)


def being_made(name: str, record: Record | None) -> VmError:
    maker = record.maker.pid if record else 0
    return VmError(f"the VM {name!r} is just being made by process {maker}", hint="wait for it, or end it")
