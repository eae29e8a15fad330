"""Host files are written whole or not at all: readers never see half of one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from binder_singlenode.errors import ConfigError


def create(path: Path, text: str) -> bool:
    """Write a new file, 0600 (extra_values may hold a secret). False, and nothing done, when it exists.

    Raises ConfigError when the folder cannot be written to.
    """
    with _errors(path), _staged(path, text, 0o600) as staged:
        try:
            # A hard link, unlike a rename, never replaces a file that came into being meanwhile.
            os.link(staged, path)
        except FileExistsError:
            return False
    return True


def replace(path: Path, text: str) -> None:
    """Put `text` in place of what the file says, keeping its mode. Raises ConfigError."""
    real = path.resolve()  # a link stays a link
    with _errors(path), _staged(real, text, real.stat().st_mode & 0o777) as staged:
        staged.replace(real)


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


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            hint="check its folder: owner, mode, free space",
        ) from error
