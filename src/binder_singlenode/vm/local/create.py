"""Making a VM, in steps that can be killed anywhere: what is half-made shows as such and is removed."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Progress, VmSpec, programs
from binder_singlenode.vm.local import capacity, power, process, records
from binder_singlenode.vm.local.disk_image import build, recipe, seed
from binder_singlenode.vm.local.disk_image.image import Image, native_arch
from binder_singlenode.vm.local.engine import Engine
from binder_singlenode.vm.local.records import Record


def finished(name: str) -> Record | None:
    """The record of a VM that was made to the end; None when there is nothing or something half-made."""
    record = records.read(name) if name in records.names() else None
    return record if record and record.phase == "ready" else None


def claim(name: str, spec: VmSpec, engine: Engine, progress: Progress) -> Record:
    """Take the name, under the lock: from here on there is a folder with a record in it.

    What a killed run left under the name is removed. VmError when another run is making it, or there is too
    little memory.
    """
    if name in records.names():
        record = records.read(name)
        if records.state_of(record) == "making":
            raise being_made(name, record)
        if record and record.phase == "ready":  # another run was quicker
            raise VmError(
                f"there is a VM called {name!r} already", hint=f"vm destroy {name}, or another name"
            )
        progress(f"removing what an interrupted run left of VM {name!r}")
        remove(name, record)
    capacity.check_memory(spec.memory_bytes, engine.overhead_bytes, power.promised_bytes())
    _failed_log(name).unlink(missing_ok=True)
    records.folder(name).mkdir(parents=True, mode=0o700)
    claimed = Record(
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        phase="making",
        maker=process.myself(),
        memory_bytes=spec.memory_bytes,
        cpus=spec.cpus,
        provider=engine.name,
        internet=spec.internet,
        image="",
    )
    records.write(claimed)
    return claimed


def image(spec: VmSpec, progress: Progress) -> Image:
    """The image that VMs start from: the asked one, or a bare Debian from the cache or built now."""
    if spec.image:
        return Image(spec.image.absolute()).check()
    return build.ensure(recipe.recipe(spec.release, native_arch()), progress)


def identity(name: str, progress: Progress) -> None:
    """The keys and the name of a new VM."""
    programs.require(["openssh-client", "e2fsprogs"], progress)
    folder = records.folder(name)
    seed.keys(folder, name)
    seed.seed_disk(folder, name)


def same_identity(source: str, target: str) -> None:
    """A fork's disk holds its source's keys: what belongs to them comes along."""
    for file in ("key", "key.pub", "host_key.pub", "seed.img"):
        shutil.copy2(records.folder(source) / file, records.folder(target) / file)


@contextlib.contextmanager
def undone_on_failure(name: str) -> Iterator[None]:
    """A VM that could not be made to the end leaves nothing but its console log, for whoever looks why."""
    try:
        yield
    except BaseException as error:
        log = _failed_log(name)
        console = records.folder(name) / "console.log"
        if isinstance(error, VmError) and console.exists():
            shutil.move(console, log)
            error.hint = f"all of it: {log}"
        with records.locked():
            remove(name, records.read(name))
        raise


def _failed_log(name: str) -> Path:
    return records.root() / f"{name}.failed.log"


def remove(name: str, record: Record | None) -> None:
    """End the VM and remove its folder."""
    power.cut(name, record)
    records.remove(name)


def taken(name: str) -> VmError:
    """The refusal to make a VM in the place of another."""
    return VmError(f"there is a VM called {name!r} already", hint=f"vm destroy {name}, or another name")


def being_made(name: str, record: Record | None) -> VmError:
    """The refusal while another run is at work on the VM."""
    maker = record.maker.pid if record else 0
    return VmError(f"the VM {name!r} is just being made by process {maker}", hint="wait for it, or end it")
