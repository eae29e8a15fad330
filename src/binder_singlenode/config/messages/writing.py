"""The message for a host file that cannot be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from binder_singlenode.errors import ConfigError


@contextmanager
def of(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a ConfigError."""
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            hint="check its folder: owner, mode, free space",
        ) from error
