"""Cache in the XDG cache folder for what is built once: images, a kernel, unpacked programs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from binder_singlenode.base.folders import cache_dir
from binder_singlenode.vm import Progress


def root() -> Path:
    """The folder `vm` in binder-singlenode's cache folder."""
    return cache_dir() / "vm"


def made_once(final: Path, make: Callable[[Path], None], progress: Progress) -> Path:
    """The folder `final`, from the cache or built now by make(staging folder).

    The staging folder is renamed when it is complete, so an interrupted build never looks finished. If two
    processes need the same folder, the second waits for the first.
    """
    if final.is_dir():
        return final
    with locked(final.parent / f".{final.name}.lock", final.name, progress):
        if not final.is_dir():
            staging = final.with_name(f".{final.name}.staging")
            shutil.rmtree(staging, ignore_errors=True)  # left by an interrupted build
            staging.mkdir()
            make(staging)
            staging.rename(final)
    return final


@contextlib.contextmanager
def locked(file: Path, what: str, progress: Progress) -> Iterator[None]:
    """Hold an exclusive lock on `file`; reports to `progress` if it has to wait for another process."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for another program that makes {what}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
