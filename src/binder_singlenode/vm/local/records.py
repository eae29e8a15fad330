"""Files kept for a VM of this computer: a folder (0700) with vm.json, key, disk and console log."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from binder_singlenode.base import atomic
from binder_singlenode.vm import State, Vm, state_root
from binder_singlenode.vm.local.process import Identity

UNKNOWN = "unknown"
"""Provider of a VM whose creation was killed before it wrote a record."""

Phase = Literal["making", "ready"]


@dataclass(frozen=True)
class Ports:
    """Ports of 127.0.0.1 that are forwarded to the VM's ports 22, 80 and 443."""

    ssh: int
    http: int
    https: int


@dataclass(frozen=True)
class Record:
    """Content of vm.json."""

    name: str
    created: str
    phase: Phase
    maker: Identity
    """The process that creates the VM; used only while the phase is "making"."""
    memory_bytes: int
    cpus: int
    provider: str
    """The VM's engine: qemu or uml."""
    internet: bool
    """Whether the VM's packets may leave this computer."""
    image: str
    """Folder of the image that the VM's disk is based on."""
    ports: Ports | None = None
    process: Identity | None = None
    """The process that runs the VM; None if it was switched off on purpose."""
    how: str = ""
    """How the VM ran last, for display; may change, because KVM is not always available."""


def root() -> Path:
    """The folder of all VMs of this computer."""
    return state_root("local")


def folder(name: str) -> Path:
    """The folder of one VM."""
    return root() / name


def names() -> list[str]:
    """Names of all VMs that have a folder."""
    if not root().is_dir():
        return []
    return sorted(entry.name for entry in root().iterdir() if entry.is_dir())


def write(record: Record) -> None:
    """Write vm.json atomically."""
    text = json.dumps(dataclasses.asdict(record), indent=1) + "\n"
    atomic.write(folder(record.name) / "vm.json", text)


def read(name: str) -> Record | None:
    """The record of a VM; None if its creation was killed before writing one, or if vm.json is damaged."""
    try:
        data: dict[str, Any] = json.loads((folder(name) / "vm.json").read_text())
        for field, kind in (("maker", Identity), ("process", Identity), ("ports", Ports)):
            if data[field] is not None:
                data[field] = kind(**data[field])
        return Record(**data)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def remove(name: str) -> None:
    """Remove the folder, vm.json first: after an interruption, the VM is recognised as incomplete."""
    (folder(name) / "vm.json").unlink(missing_ok=True)
    shutil.rmtree(folder(name))


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Lock out all other processes of this user, for short work on folders and ports."""
    root().mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(root() / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def state_of(record: Record | None) -> State:
    """Current state: making, running, stopped or dead."""
    if record is None:
        return "dead"
    if record.phase == "making":
        return "making" if record.maker.alive() else "dead"
    if record.process is None:
        return "stopped"
    return "running" if record.process.alive() else "dead"


def as_vm(name: str) -> Vm:
    """The VM in the form common to all providers."""
    record = read(name)
    ports = record.ports if record and record.ports else Ports(0, 0, 0)
    host_key = folder(name) / "host_key.pub"
    return Vm(
        name=name,
        provider=record.provider if record else UNKNOWN,
        address="127.0.0.1",
        ssh_port=ports.ssh,
        user="root",
        key=folder(name) / "key",
        host_keys=(host_key.read_text().strip(),) if host_key.exists() else (),
        http_port=ports.http,
        https_port=ports.https,
        state=state_of(record),
        created=record.created if record else "",
        internet=record.internet if record else False,
        how=record.how if record else "",
    )
