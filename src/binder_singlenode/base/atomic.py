"""Atomic file writes: a reader never sees a partly written file, even after a power failure."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def create(path: Path, text: str, mode: int = 0o600) -> bool:
    """Write a new file. Returns False and changes nothing when it exists. Raises OSError."""
    with _staged(path, text, mode) as staged:
        try:
            # Unlike a rename, a hard link never replaces a file that another process has just created.
            os.link(staged, path)
        except FileExistsError:
            return False
    return True


def write(path: Path, text: str, mode: int = 0o600) -> None:
    """Create or replace the file; a symbolic link stays, and its target is replaced. Raises OSError."""
    real = path.resolve()
    with _staged(real, text, mode) as staged:
        staged.replace(real)


def replace(path: Path, text: str) -> None:
    """Replace an existing file and keep its mode; a symbolic link stays. Raises OSError."""
    write(path, text, path.stat().st_mode & 0o777)


@contextmanager
def _staged(path: Path, text: str, mode: int) -> Iterator[Path]:
    """A complete temporary file in the folder of `path`, synced to disk; deleted at exit unless renamed."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    staged = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield staged
    finally:
        with suppress(FileNotFoundError):
            staged.unlink()
