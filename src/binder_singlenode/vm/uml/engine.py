"""The engine `uml`: user-mode Linux, a Linux kernel that runs as a process and needs no hypervisor.

Use it only for software you trust: code that takes over the guest's kernel controls a process of this
computer.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from binder_singlenode.base.units import MIB
from binder_singlenode.errors import VmError
from binder_singlenode.vm import Progress
from binder_singlenode.vm.local import process, records, ssh_probe
from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.local.engine import Engine, Launcher, Machine
from binder_singlenode.vm.local.process import Identity
from binder_singlenode.vm.uml import command_line, disk, kernel, passt, probe, supervisor
from binder_singlenode.vm.uml.command_line import Files
from binder_singlenode.vm.uml.kernel import Kernel

_SUPERVISOR = supervisor.__name__


def engine() -> Uml:
    """The engine of this module."""
    return Uml()


class Uml(Engine):
    """Runs each VM under one supervisor process, with the kernel and passt as its children."""

    name = "uml"
    overhead_bytes = 256 * MIB  # supervisor, passt, and one host process for each guest process
    port_taken = supervisor.PORT_TAKEN

    def launcher(self, image: Image, progress: Progress) -> Launcher:
        """Launcher with passt and the kernel, which is cached or built now, and tested to boot here."""
        built = kernel.ensure(progress)
        if not probe.boots(built):
            raise VmError(
                "the kernel for user-mode Linux does not boot on this computer", where=str(built.folder)
            )
        network = passt.ensure(progress)

        def spawn(machine: Machine) -> str | None:
            return _spawn(machine, built, network)

        return Launcher("user-mode Linux", 180, spawn)

    def find(self, name: str) -> Identity | None:
        """Find the supervisor by the VM's folder on its command line."""
        return process.find(_SUPERVISOR, str(records.folder(name)))

    def kill(self, name: str, found: Identity) -> None:
        """Kill the supervisor. Kernel and passt end with it; the guest's processes end with the kernel."""
        linux = _kernel(name)
        process.kill(found)
        if linux and not process.wait_for_end(linux, 10):
            raise VmError(
                f"the VM's kernel, process {linux.pid}, did not end with its supervisor", where=name
            )

    def resident_bytes(self, found: Identity) -> int:
        """Resident memory of passt and the kernel, which includes the guest's memory."""
        return sum(process.resident_bytes(pid) for pid in process.children(found.pid))

    def press_power(self, name: str) -> None:
        """Shut down over ssh, because user-mode Linux has no power button."""
        ssh_probe.run(records.as_vm(name), "systemctl --no-block poweroff")

    def press_reset(self, name: str) -> None:
        """Kill the kernel. The supervisor boots again, because the guest did not power off."""
        if linux := _kernel(name):
            process.kill(linux)

    def make_disk(self, folder: Path, image: Image, size_bytes: int, progress: Progress) -> None:
        """Create a sparse copy of the image."""
        disk.make(folder, image, size_bytes)

    def snapshot(self, name: str, tag: str) -> None:
        """Save a sparse copy of the disk."""
        disk.snapshot(records.folder(name), tag)

    def tags(self, name: str, progress: Progress) -> set[str]:
        """Tags of the saved copies of the disk."""
        return disk.tags(records.folder(name))

    def restore(self, name: str, tag: str, progress: Progress) -> None:
        """Copy a saved copy back to the disk."""
        disk.restore(records.folder(name), tag)

    def copy_disk(self, name: str, tag: str, target: Path, progress: Progress) -> None:
        """Copy a saved copy to another VM's folder."""
        disk.copy(records.folder(name), tag, target)


def _kernel(name: str) -> Identity | None:
    return process.find(command_line.marker(records.folder(name)), any_user=True)


def _spawn(machine: Machine, built: Kernel, network: Path) -> str | None:
    folder = machine.folder
    (folder / "run").mkdir(exist_ok=True, mode=0o700)
    seed, linux = folder / "seed.img", built.program
    files = Files(linux, built.modules, folder / disk.FILE, seed, folder / "run", network)
    plan = supervisor.Plan(files, machine.memory_bytes, machine.cpus, machine.internet, machine.ports)
    plan.write(folder)
    with (folder / "supervisor.log").open("ab") as log:
        began = log.tell()
        running = subprocess.Popen(
            [sys.executable, "-m", _SUPERVISOR, str(folder)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    assert running.stdout is not None
    with running.stdout:
        answer = running.stdout.readline().decode().strip()
    if answer == "started":
        return None
    said = (folder / "supervisor.log").read_bytes()[began:].decode(errors="replace")
    return f"{said}\n{answer}".strip() or "its supervisor ended"
