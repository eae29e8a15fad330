"""Common checks of files on the operator's computer that the host file names."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BeforeValidator, ValidationInfo

from binder_singlenode.config.messages import excerpt
from binder_singlenode.config.model.addresses import FieldError, show

Check = Callable[[Path], None]
"""Raises FieldError when the file fails the check."""


def expanded(text: str, folder: Path | None) -> Path:
    """`text` with ~ expanded; a relative path starts at `folder`, the host file's folder."""
    try:
        return (folder or Path.cwd()) / Path(text).expanduser()
    except RuntimeError:
        raise FieldError(
            f"{show(text)} begins with ~ and that home folder is unknown", hint="write the whole path"
        ) from None


def refuse_secret(text: str) -> None:
    """Raises FieldError for a key or token in place of the path of its file."""
    if excerpt.looks_secret(text):
        raise FieldError(
            "this is not a path but a key or another secret itself (it is not shown)",
            hint="keep it in a file that only you can read, and write the path; replace it if others saw it",
            secret=True,
        )


def check_file(path: Path, missing_hint: Callable[[Path], str] | None = None) -> None:
    """Raises FieldError unless `path` is a regular file."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        hint = missing_hint(path) if missing_hint else "make the file, or correct the path"
        raise FieldError(f"{shown(path)}: {reason}", hint=hint) from None
    if not stat.S_ISREG(mode):
        raise FieldError(f"{shown(path)} is not a file", hint="give the file itself, not its folder")


def check_mode(path: Path, consequence: str = "") -> None:
    """Raises FieldError when users other than the owner have any access to the file."""
    if path.stat().st_mode & 0o077:
        raise FieldError(f"{shown(path)} can be read by other users{consequence}", hint=f"chmod 600 {path}")


def check_private(path: Path) -> None:
    """Raises FieldError unless `path` is a regular file that only its owner can access."""
    check_file(path)
    check_mode(path)


def check_access(path: Path) -> None:
    """Raises FieldError unless this user can read the file."""
    if not os.access(path, os.R_OK):
        raise FieldError(
            f"{shown(path)} cannot be read by this user", hint="check its owner and mode with ls -l"
        )


def shown(path: Path) -> str:
    """The path as messages quote it."""
    return show(path, limit=500)  # a shortened path cannot be copied


def when_loaded(absolute: Callable[[str, Path | None], Path], *, key: Check, other: Check) -> BeforeValidator:
    """Make the path absolute. The file is checked only when a host file is loaded: a field named `key` with
    the check `key`, any other field with the check `other`."""

    def check(value: Any, info: ValidationInfo) -> Any:
        context = info.context or {}
        if not isinstance(value, str | Path):
            return value
        refuse_secret(str(value))
        path = absolute(str(value), context.get("folder"))
        if context.get("check_files"):
            (key if info.field_name == "key" else other)(path)
        return path

    return BeforeValidator(check)
