"""What is kept of a VM of this computer: a folder (0700) with vm.json, key, disk and console log."""

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
"""The provider of a VM whose maker was killed before it wrote a record."""

Phase = Literal["making", "ready"]


@dataclass(frozen=True)
class Ports:
    """Ports of 127.0.0.1 that lead into the VM (to 22, 80 and 443)."""

    ssh: int
    http: int
    https: int


@dataclass(frozen=True)
class Record:
    """vm.json."""

    name: str
    created: str
    phase: Phase
    maker: Identity
    """The process that makes it; only of interest while the phase is "making"."""
    memory_bytes: int
    cpus: int
    provider: str
    """Which engine runs it: qemu or uml."""
    internet: bool
    """Whether its packets may leave this computer."""
    image: str
    """The folder of the image below the VM's disk."""
    ports: Ports | None = None
    process: Identity | None = None
    """What runs it; None: switched off on purpose."""
    how: str = ""
    """What ran it last, for people: KVM may come and go."""


def root() -> Path:
    """The folder of all VMs of this computer."""
    return state_root("local")


def folder(name: str) -> Path:
    """The folder of one VM."""
    return root() / name


def names() -> list[str]:
    """All VMs that left a trace."""
    if not root().is_dir():
        return []
    return sorted(entry.name for entry in root().iterdir() if entry.is_dir())


def write(record: Record) -> None:
    """Write vm.json: it is either the old one or the new one, never a half."""
    text = json.dumps(dataclasses.asdict(record), indent=1) + "\n"
    atomic.write(folder(record.name) / "vm.json", text)


def read(name: str) -> Record | None:
    """The record of a VM; None when its maker was killed before it wrote one (or vm.json is damaged)."""
    try:
        data: dict[str, Any] = json.loads((folder(name) / "vm.json").read_text())
        for field, kind in (("maker", Identity), ("process", Identity), ("ports", Ports)):
            if data[field] is not None:
                data[field] = kind(**data[field])
        return Record(**data)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def remove(name: str) -> None:
    """Remove the folder; first vm.json, so that a kill half-way leaves a VM that is seen as half-made."""
    (folder(name) / "vm.json").unlink(missing_ok=True)
    shutil.rmtree(folder(name))


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One at a time among all programs of this user: for short work on folders and ports."""
    root().mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(root() / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def state_of(record: Record | None) -> State:
    """making, running, stopped or dead, as of now."""
    if record is None:
        return "dead"
    if record.phase == "making":
        return "making" if record.maker.alive() else "dead"
    if record.process is None:
        return "stopped"
    return "running" if record.process.alive() else "dead"


def as_vm(name: str) -> Vm:
    """The VM as the rest of the product sees it."""
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
