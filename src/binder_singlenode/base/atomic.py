"""Files are written whole or not at all: readers never see half of one, also after a power cut."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def create(path: Path, text: str, mode: int = 0o600) -> bool:
    """Write a new file. False, and nothing done, when it exists. Raises OSError."""
    with _staged(path, text, mode) as staged:
        try:
            # A hard link, unlike a rename, never replaces a file that came into being meanwhile.
            os.link(staged, path)
        except FileExistsError:
            return False
    return True


def write(path: Path, text: str, mode: int = 0o600) -> None:
    """Write the file, new or in place of an old one; a link stays a link. Raises OSError."""
    real = path.resolve()
    with _staged(real, text, mode) as staged:
        staged.replace(real)


def replace(path: Path, text: str) -> None:
    """Write a file that exists, keeping its mode; a link stays a link. Raises OSError."""
    write(path, text, path.stat().st_mode & 0o777)


@contextmanager
def _staged(path: Path, text: str, mode: int) -> Iterator[Path]:
    """A complete file beside `path`, on disk; it is gone at the end unless it was renamed."""
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
