"""What runs the VMs of this computer: the part that differs between qemu and user-mode Linux."""

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
    """An engine made ready for one image on this computer."""

    how: str
    """What runs it, for people: "KVM", "emulated CPU", "user-mode Linux"."""
    boot_limit_s: float
    """ssh answers much earlier; after this a boot has failed."""
    spawn: Callable[[Machine], str | None]
    """Start the VM in the background; None when it runs, else what went wrong."""


class Engine(ABC):
    """One way to run a VM. Its files are in the VM's folder."""

    name: str
    overhead_bytes: int
    """Memory that a VM needs beside its own."""
    port_taken: str
    """What `spawn` says when another program uses one of the ports."""

    @abstractmethod
    def launcher(self, image: Image, progress: Progress) -> Launcher:
        """Get all that is needed to run VMs, from the cache or made now. VmError when it cannot be had."""

    @abstractmethod
    def find(self, name: str) -> Identity | None:
        """The process of the VM, found among all processes by the VM's folder."""

    @abstractmethod
    def kill(self, name: str, found: Identity) -> None:
        """End the VM at once, with every process of it: for the guest, the power is gone."""

    @abstractmethod
    def resident_bytes(self, found: Identity) -> int:
        """Memory that the VM occupies now."""

    @abstractmethod
    def press_power(self, name: str) -> None:
        """Ask the guest to shut down in order; it ends by itself."""

    @abstractmethod
    def press_reset(self, name: str) -> None:
        """Boot again without asking the guest."""

    @abstractmethod
    def make_disk(self, folder: Path, image: Image, size_bytes: int, progress: Progress) -> None:
        """The VM's root disk: the image's content, growing to `size_bytes` at boot."""

    @abstractmethod
    def snapshot(self, name: str, tag: str) -> None:
        """Keep the disk as it is now under the tag, replacing an older one; the file system is frozen."""

    @abstractmethod
    def tags(self, name: str, progress: Progress) -> set[str]:
        """The tags that are kept."""

    @abstractmethod
    def restore(self, name: str, tag: str, progress: Progress) -> None:
        """Put the disk back to what it was; the VM is off."""

    @abstractmethod
    def copy_disk(self, name: str, tag: str, target: Path, progress: Progress) -> None:
        """The disk as it was at the tag, as the root disk of the VM whose folder is `target`."""


def engine(name: str) -> Engine:
    """The engine of that name; its module is imported only now."""
    module = importlib.import_module(f"binder_singlenode.vm.{name}.engine")
    made: Engine = module.engine()
    return made


def of(record: Record) -> Engine:
    """The engine that runs a VM."""
    return engine(record.provider)


def running(record: Record) -> Identity | None:
    """The process of this VM, also when whoever started it was killed before writing it down."""
    if record.process and record.process.alive():
        return record.process
    return of(record).find(record.name)


def find_any(name: str) -> tuple[Engine, Identity] | None:
    """The process that runs from the folder of that VM, when no record says which engine it is."""
    for each in map(engine, ENGINES):
        if found := each.find(name):
            return each, found
    return None
