"""Interface of the engines: the part of running local VMs that differs between qemu and user-mode Linux."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from binder_singlenode.vm import Progress
from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.local.process import Identity
from binder_singlenode.vm.local.records import Ports, Record

ENGINES = ("qemu", "uml")


@dataclass(frozen=True)
class Machine:
    """A VM to be started."""

    name: str
    folder: Path
    memory_bytes: int
    cpus: int
    internet: bool
    ports: Ports


@dataclass(frozen=True)
class Launcher:
    """An engine prepared to run one image on this computer."""

    how: str
    """For display: "qemu with KVM", "qemu with an emulated CPU" or "user-mode Linux"."""
    boot_limit_s: float
    """Time after which a boot has failed; ssh normally answers much earlier."""
    spawn: Callable[[Machine], str | None]
    """Start the VM in the background; returns None if it runs, else the error."""


class Engine(ABC):
    """One way to run VMs. All files of a VM are in the VM's folder."""

    name: str
    overhead_bytes: int
    """Memory that the engine needs in addition to the VM's memory."""
    port_taken: str
    """Text in the error of `spawn` if another program uses one of the ports."""

    @abstractmethod
    def launcher(self, image: Image, progress: Progress) -> Launcher:
        """Prepare everything that running VMs needs, from the cache or built now. VmError if that fails."""

    @abstractmethod
    def find(self, name: str) -> Identity | None:
        """The process of the VM, found among all processes by the VM's folder."""

    @abstractmethod
    def kill(self, name: str, found: Identity) -> None:
        """Kill all processes of the VM at once; for the guest, this is a power failure."""

    @abstractmethod
    def resident_bytes(self, found: Identity) -> int:
        """Memory that the VM occupies now."""

    @abstractmethod
    def press_power(self, name: str) -> None:
        """Ask the guest to shut down cleanly; the VM then ends by itself."""

    @abstractmethod
    def press_reset(self, name: str) -> None:
        """Reset the VM without a shutdown of the guest."""

    @abstractmethod
    def make_disk(self, folder: Path, image: Image, size_bytes: int, progress: Progress) -> None:
        """Create the VM's root disk from the image; its file system grows to `size_bytes` at boot."""

    @abstractmethod
    def snapshot(self, name: str, tag: str) -> None:
        """Save the current disk as `tag`, replacing an older one; the file system must be frozen."""

    @abstractmethod
    def tags(self, name: str, progress: Progress) -> set[str]:
        """Tags of the saved disks."""

    @abstractmethod
    def restore(self, name: str, tag: str, progress: Progress) -> None:
        """Restore the disk saved as `tag`; the VM must be off."""

    @abstractmethod
    def copy_disk(self, name: str, tag: str, target: Path, progress: Progress) -> None:
        """Copy the disk saved as `tag`, as the root disk of the VM whose folder is `target`."""


def engine(name: str) -> Engine:
    """The engine of that name; its module is imported only now."""
    module = importlib.import_module(f"binder_singlenode.vm.{name}.engine")
    made: Engine = module.engine()
    return made


def of(record: Record) -> Engine:
    """The engine that runs a VM."""
    return engine(record.provider)


def running(record: Record) -> Identity | None:
    """The process of this VM, even if the run that started it was killed before recording it."""
    if record.process and record.process.alive():
        return record.process
    return of(record).find(record.name)


def find_any(name: str) -> tuple[Engine, Identity] | None:
    """The engine and the process of a VM without a record, found by the VM's folder."""
    for each in map(engine, ENGINES):
        if found := each.find(name):
            return each, found
    return None
