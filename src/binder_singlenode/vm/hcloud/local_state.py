"""Local files of a VM at Hetzner: a folder (0700) with its ssh key, its run nonce and its host keys.

run.json is written before the first request. After a kill, the next create reads the nonce from it and finds
what the killed create made. The API token is never stored.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from binder_singlenode.base import atomic
from binder_singlenode.errors import VmError
from binder_singlenode.vm import state_root
from binder_singlenode.vm.hcloud.api import without_token
from binder_singlenode.vm.programs import run as run_tool

KEY, HOST_KEYS, RECORD = "key", "host_keys", "run.json"


@dataclass(frozen=True)
class Run:
    """One creation of a VM, continued if it was killed."""

    nonce: str
    """Value of the `run` label: 16 hexadecimal digits."""
    challenge: str
    """Proves the VM's identity at first contact; useless afterwards (docs/adr/0502)."""


def folder(name: str) -> Path:
    """The VM's folder."""
    return state_root("hcloud") / name


def names() -> list[str]:
    """Names of all VMs that have a folder on this computer."""
    root = state_root("hcloud")
    return sorted(entry.name for entry in root.iterdir() if entry.is_dir()) if root.is_dir() else []


def current(name: str) -> Run | None:
    """The run that created the VM on this computer, or began to; None if there is none."""
    try:
        return Run(**json.loads((folder(name) / RECORD).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def begin(name: str) -> Run:
    """Continue a killed run, or start a new one: key pair first, then run.json."""
    known, key = current(name), folder(name) / KEY
    if known is not None and key.exists() and key.with_suffix(".pub").exists():
        return known
    forget(name)
    folder(name).mkdir(parents=True, mode=0o700)
    argv: list[str | Path] = [
        "ssh-keygen",
        "-q",
        "-t",
        "ed25519",
        "-N",
        "",
        "-C",
        f"binder-{name}",
        "-f",
        key,
    ]
    run_tool(argv, "making an ssh key", env=without_token())
    fresh = Run(secrets.token_hex(8), secrets.token_hex(32))
    atomic.write(folder(name) / RECORD, json.dumps(asdict(fresh)) + "\n")
    return fresh


def public_key(name: str) -> str:
    """The public key, without its comment: `ssh-ed25519 AAAA…`."""
    return " ".join((folder(name) / f"{KEY}.pub").read_text().split()[:2])


def host_keys(name: str) -> tuple[str, ...]:
    """The host keys recorded at first contact; empty before."""
    with contextlib.suppress(FileNotFoundError):
        return tuple((folder(name) / HOST_KEYS).read_text().splitlines())
    return ()


def pin(name: str, keys: tuple[str, ...]) -> None:
    """Record the host keys. From now on the VM counts as created, and a failed command never deletes it."""
    atomic.write(folder(name) / HOST_KEYS, "\n".join(keys) + "\n")


def forget(name: str) -> None:
    """Remove the folder, run.json first: if this is interrupted, the next create starts a new run."""
    (folder(name) / RECORD).unlink(missing_ok=True)
    if folder(name).exists():
        shutil.rmtree(folder(name))


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Lock the VM for this process. VmError at once if another process holds the lock."""
    root = state_root("hcloud")
    root.mkdir(parents=True, mode=0o700, exist_ok=True)
    handle = os.open(root / f".{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise VmError(
            f"another command is at work on the VM {name!r}", hint="wait until it has ended"
        ) from None
    try:
        yield
    finally:
        os.close(handle)
