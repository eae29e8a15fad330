"""Switching the qemu of a VM on and off."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import access, command, process, room, state, tools
from binder_singlenode.vm.accel import Accel
from binder_singlenode.vm.emulator import Emulator
from binder_singlenode.vm.image import Image
from binder_singlenode.vm.ports import pick
from binder_singlenode.vm.qmp import monitor
from binder_singlenode.vm.state import Record

_PORT_TAKEN = "Could not set up host forwarding rule"
_PORT_ATTEMPTS = 5

# A shutdown in order takes about 5 s under emulation; with a cluster to stop, a minute or two.
SHUTDOWN_S = 240


def running(record: Record) -> process.Identity | None:
    """The qemu of this VM, also when whoever started it was killed before writing it down."""
    if record.process and record.process.alive():
        return record.process
    return of_folder(record.name)


def of_folder(name: str) -> process.Identity | None:
    """The qemu that was started for the folder of that VM, found by its command line."""
    return process.find(*command.marker(state.folder(name)))


def on(record: Record, emulator: Emulator, accel: Accel, load: str | None = None) -> Record:
    """Start qemu unless it runs, on the VM's own ports or, when it has none, on new ones.

    Returns the record with ports and process; it is written. Call it under the lock.
    load: the tag of a saved state to go on from.
    """
    already = running(record)
    if already:
        return _started(record, already)
    room.check_memory(record.memory_bytes, promised_bytes())
    image = Image(Path(record.image)).check()
    for _ in range(_PORT_ATTEMPTS):
        machine = _machine(record)
        error = _spawn(command.build(emulator, accel, image, machine, load), machine)
        if error is None:
            found = of_folder(record.name)
            if found is None:
                raise VmError("qemu ended right after its start", where=record.name)
            return _started(dataclasses.replace(record, ports=machine.ports), found)
        if _PORT_TAKEN not in error or record.ports:
            raise _refusal(record, error)
    raise VmError(f"no free ports on 127.0.0.1 after {_PORT_ATTEMPTS} attempts", where=record.name)


def promised_bytes() -> int:
    """Memory that the running VMs may still take."""
    records = (state.read(name) for name in state.names())
    alive = [(record.memory_bytes, record.process) for record in records if record and record.process]
    return room.promised_bytes((memory, found.pid) for memory, found in alive if found.alive())


def _machine(record: Record) -> command.Machine:
    return command.Machine(
        name=record.name,
        folder=state.folder(record.name),
        memory_bytes=record.memory_bytes,
        cpus=record.cpus,
        restrict=record.restrict,
        ports=record.ports or pick(_taken_ports()),
    )


def _started(record: Record, found: process.Identity) -> Record:
    record = dataclasses.replace(record, process=found)
    state.write(record)
    access.write_known_hosts(state.as_vm(record.name))
    return record


def _refusal(record: Record, error: str) -> VmError:
    if _PORT_TAKEN in error and record.ports:
        numbers = ", ".join(str(port) for port in dataclasses.astuple(record.ports))
        return VmError(
            f"one of the VM's ports on 127.0.0.1 ({numbers}) is used by another program",
            where=record.name,
            hint="end that program (ss -ltnp names it), then start the VM again",
        )
    return VmError(f"qemu did not start\n{tools.tail(error)}", where=record.name)


def _spawn(argv: list[str], machine: command.Machine) -> str | None:
    """Start the daemon; None when it runs, else its words."""
    previous = os.umask(0o077)
    try:
        done = subprocess.run(
            argv, cwd=machine.folder, capture_output=True, text=True, errors="replace", timeout=60
        )
    except subprocess.TimeoutExpired:
        return "qemu did not become a daemon within 60 s"
    finally:
        os.umask(previous)
    return None if done.returncode == 0 else done.stderr or f"it ended with {done.returncode}"


def _taken_ports() -> set[int]:
    records = (state.read(name) for name in state.names())
    return {
        port for record in records if record and record.ports for port in dataclasses.astuple(record.ports)
    }


def shut_down(record: Record, found: process.Identity) -> None:
    """Press the power button and wait until the guest switched itself off."""
    with monitor(state.folder(record.name)) as qemu:
        qemu.execute("system_powerdown")
    if not process.wait_for_end(found, SHUTDOWN_S):
        raise VmError(
            f"the VM did not shut down within {SHUTDOWN_S} s",
            where=record.name,
            hint="look at its console.log; `vm destroy` ends it at once",
        )


def cut(name: str, found: process.Identity | None) -> None:
    """End the qemu of the VM at once: for the guest, the power is gone."""
    if found is None:
        return
    process.kill(found)
    if (left := of_folder(name)) is not None:  # started by a run that was killed in between
        process.kill(left)
