"""Start and stop VMs of this computer, with any engine."""

from __future__ import annotations

import dataclasses

from binder_singlenode.errors import VmError
from binder_singlenode.vm import programs
from binder_singlenode.vm.local import capacity, engine, process, records, ssh_probe
from binder_singlenode.vm.local.engine import Launcher, Machine
from binder_singlenode.vm.local.ports import pick
from binder_singlenode.vm.local.process import Identity
from binder_singlenode.vm.local.records import Record

_PORT_ATTEMPTS = 5

# A clean shutdown takes about 5 s; with a running cluster on an emulated CPU, one or two minutes.
SHUTDOWN_LIMIT_S = 240


def on(record: Record, launcher: Launcher) -> Record:
    """Start the VM unless it is running, on its recorded ports or, if there are none, on new ones.

    Writes and returns the record with ports and process. Call it under the lock.
    """
    runs = engine.of(record)
    if already := engine.running(record):
        return _started(record, already)
    capacity.check_memory(record.memory_bytes, runs.overhead_bytes, promised_bytes())
    for _ in range(_PORT_ATTEMPTS):
        machine = _machine(record)
        error = launcher.spawn(machine)
        if error is None:
            found = runs.find(record.name)
            if found is None:
                raise VmError(f"{runs.name} ended right after its start", where=record.name)
            return _started(dataclasses.replace(record, ports=machine.ports, how=launcher.how), found)
        if runs.port_taken not in error or record.ports:
            raise _refusal(record, runs.port_taken, error)
    raise VmError(f"no free ports on 127.0.0.1 after {_PORT_ATTEMPTS} attempts", where=record.name)


def promised_bytes() -> int:
    """Memory that the running VMs may still take."""
    total = 0
    for record in filter(None, map(records.read, records.names())):
        if record.process and record.process.alive():
            total += max(0, record.memory_bytes - engine.of(record).resident_bytes(record.process))
    return total


def _machine(record: Record) -> Machine:
    return Machine(
        name=record.name,
        folder=records.folder(record.name),
        memory_bytes=record.memory_bytes,
        cpus=record.cpus,
        internet=record.internet,
        ports=record.ports or pick(_taken_ports()),
    )


def _taken_ports() -> set[int]:
    known = filter(None, map(records.read, records.names()))
    return {port for record in known if record.ports for port in dataclasses.astuple(record.ports)}


def _started(record: Record, found: Identity) -> Record:
    record = dataclasses.replace(record, process=found)
    records.write(record)
    ssh_probe.write_known_hosts(records.as_vm(record.name))
    return record


def _refusal(record: Record, port_taken: str, error: str) -> VmError:
    if port_taken in error and record.ports:
        numbers = ", ".join(str(port) for port in dataclasses.astuple(record.ports))
        return VmError(
            f"one of the VM's ports on 127.0.0.1 ({numbers}) is used by another program",
            where=record.name,
            hint="end that program (ss -ltnp names it), then start the VM again",
        )
    return VmError(f"{record.provider} did not start\n{programs.tail(error)}", where=record.name)


def shut_down(record: Record, found: Identity) -> None:
    """Ask the guest to shut down and wait until it is off. VmError after SHUTDOWN_LIMIT_S."""
    engine.of(record).press_power(record.name)
    if not process.wait_for_end(found, SHUTDOWN_LIMIT_S):
        raise VmError(
            f"the VM did not shut down within {SHUTDOWN_LIMIT_S} s",
            where=record.name,
            hint="look at its console.log; `vm destroy` ends it at once",
        )


def cut(name: str, record: Record | None) -> None:
    """Kill the VM at once. Without a record (its creation was killed early), searches with every engine."""
    if record is not None:
        found = engine.running(record)
        pair = (engine.of(record), found) if found else None
    else:
        pair = engine.find_any(name)
    while pair is not None:  # repeat: a run that was killed meanwhile may have started another process
        runs, process_found = pair
        runs.kill(name, process_found)
        left = runs.find(name)
        pair = (runs, left) if left else None
