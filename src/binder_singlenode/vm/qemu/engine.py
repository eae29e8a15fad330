"""The engine `qemu`: with KVM where KVM works, with an emulated CPU elsewhere."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from binder_singlenode.base.units import MIB
from binder_singlenode.vm import Progress, programs
from binder_singlenode.vm.local import process, records
from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.local.engine import Engine, Launcher, Machine
from binder_singlenode.vm.local.process import Identity
from binder_singlenode.vm.qemu import acceleration, command_line, disk, emulator
from binder_singlenode.vm.qemu.acceleration import Accel
from binder_singlenode.vm.qemu.qmp import monitor

_HOW: dict[Accel, str] = {"kvm": "qemu with KVM", "tcg": "qemu with an emulated CPU"}
BOOT_LIMIT_S: dict[Accel, float] = {"kvm": 180, "tcg": 600}


def engine() -> Qemu:
    """The engine of this module."""
    return Qemu()


class Qemu(Engine):
    """Runs each VM as one qemu daemon process."""

    name = "qemu"
    # qemu itself, and the cache of translated code when the CPU is emulated.
    overhead_bytes = (256 + command_line.TCG_CACHE_MIB) * MIB
    port_taken = "Could not set up host forwarding rule"

    def launcher(self, image: Image, progress: Progress) -> Launcher:
        """Launcher for qemu (installed or unpacked), with KVM if a kernel boots with it."""
        qemu = emulator.ensure(progress)
        accel = acceleration.choose(qemu, image, progress)

        def spawn(machine: Machine) -> str | None:
            return _spawn(command_line.build(qemu, accel, image, machine), machine)

        return Launcher(_HOW[accel], BOOT_LIMIT_S[accel], spawn)

    def find(self, name: str) -> Identity | None:
        """Find the qemu process by the pid file path on its command line."""
        return process.find(*command_line.marker(records.folder(name)))

    def kill(self, name: str, found: Identity) -> None:
        """Kill qemu, the VM's only process."""
        process.kill(found)

    def resident_bytes(self, found: Identity) -> int:
        """Resident memory of qemu, which includes the guest's memory."""
        return process.resident_bytes(found.pid)

    def press_power(self, name: str) -> None:
        """Press the power button by ACPI."""
        with monitor(records.folder(name)) as qemu:
            qemu.execute("system_powerdown")

    def press_reset(self, name: str) -> None:
        """Reset the VM, like the reset button of a computer."""
        with monitor(records.folder(name)) as qemu:
            qemu.execute("system_reset")

    def make_disk(self, folder: Path, image: Image, size_bytes: int, progress: Progress) -> None:
        """Create an empty overlay on the image."""
        disk.make(folder, image, size_bytes, emulator.ensure(progress))

    def snapshot(self, name: str, tag: str) -> None:
        """Save an internal snapshot in the qcow2 file."""
        disk.snapshot(records.folder(name), tag)

    def tags(self, name: str, progress: Progress) -> set[str]:
        """Tags of the snapshots in the qcow2 file."""
        return disk.tags(records.folder(name), emulator.ensure(progress))

    def restore(self, name: str, tag: str, progress: Progress) -> None:
        """Restore a snapshot; takes seconds at any size, because qcow2 references the saved blocks."""
        disk.restore(records.folder(name), tag, emulator.ensure(progress))

    def copy_disk(self, name: str, tag: str, target: Path, progress: Progress) -> None:
        """Copy only the blocks that differ from the image."""
        disk.copy(records.folder(name), tag, target, emulator.ensure(progress))


def _spawn(argv: list[str], machine: Machine) -> str | None:
    """Start the daemon; returns None if it runs, else its error output."""
    previous = os.umask(0o077)
    try:
        done = subprocess.run(
            argv, cwd=machine.folder, capture_output=True, text=True, errors="replace", timeout=60
        )
    except subprocess.TimeoutExpired:
        return "qemu did not become a daemon within 60 s"
    except OSError as error:
        return programs.tail(f"qemu could not be started: {error.strerror}")
    finally:
        os.umask(previous)
    return None if done.returncode == 0 else done.stderr or f"it ended with {done.returncode}"
