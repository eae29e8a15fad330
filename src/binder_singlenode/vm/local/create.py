"""Create a VM in steps that may be killed anywhere: an incomplete VM is recognised and removed."""

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
    """The record of a completely created VM; None if there is no VM or an incomplete one."""
    record = records.read(name) if name in records.names() else None
    return record if record and record.phase == "ready" else None


def claim(name: str, spec: VmSpec, engine: Engine, progress: Progress) -> Record:
    """Reserve the name by creating the VM's folder with a record. Call it under the lock.

    Leftovers of an interrupted run under the name are removed. VmError if the VM exists, if another run is
    creating it, or if there is too little memory.
    """
    if name in records.names():
        record = records.read(name)
        if records.state_of(record) == "making":
            raise being_made(name, record)
        if record and record.phase == "ready":  # another run created it first
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
    """The image to start from: `spec.image`, or a bare Debian from the cache or built now."""
    if spec.image:
        return Image(spec.image.absolute()).check()
    return build.ensure(recipe.recipe(spec.release, native_arch()), progress)


def identity(name: str, progress: Progress) -> None:
    """Create the keys and the seed disk of a new VM."""
    programs.require(["openssh-client", "e2fsprogs"], progress)
    folder = records.folder(name)
    seed.keys(folder, name)
    seed.seed_disk(folder, name)


def same_identity(source: str, target: str) -> None:
    """Copy keys and seed disk to a fork, because its disk contains the source VM's keys."""
    for file in ("key", "key.pub", "host_key.pub", "seed.img"):
        shutil.copy2(records.folder(source) / file, records.folder(target) / file)


@contextlib.contextmanager
def undone_on_failure(name: str) -> Iterator[None]:
    """Remove the VM if the block fails. After a VmError its console log is kept, to find the cause."""
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
    """Kill the VM and remove its folder."""
    power.cut(name, record)
    records.remove(name)


def taken(name: str) -> VmError:
    """The error for a name that another VM has already."""
    return VmError(f"there is a VM called {name!r} already", hint=f"vm destroy {name}, or another name")


def being_made(name: str, record: Record | None) -> VmError:
    """The error while another run is creating the VM."""
    maker = record.maker.pid if record else 0
    return VmError(f"the VM {name!r} is just being made by process {maker}", hint="wait for it, or end it")
