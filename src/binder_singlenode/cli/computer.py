"""Errors of the operator's computer that are no bugs: full disks, missing permissions, missing programs."""

from __future__ import annotations

import errno
import os
import shutil
import traceback
from pathlib import Path

from binder_singlenode.errors import BinderError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_BROKEN = (errno.EIO, errno.ESTALE, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG)
_LIMITS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
_HINTS = {
    **dict.fromkeys(_FULL, "free some space there, or set XDG_STATE_HOME to a folder on another disk"),
    **dict.fromkeys(_DENIED, "check its owner and mode with ls -ld; is the file system read-only?"),
    **dict.fromkeys(_BROKEN, "check the path and its disk"),
    **dict.fromkeys(_LIMITS, "end other programs, or raise the limit (ulimit -a) and run it again"),
}


def expected(error: OSError) -> BinderError | None:
    """The error as a message for people; None if it is a bug of this program."""
    if isinstance(error, FileNotFoundError):
        return _missing(error)
    hint = _HINTS.get(error.errno or 0)
    if hint is None:
        return None
    reason = (error.strerror or "failed").lower()
    if error.filename is None:
        return BinderError(f"cannot write the output or a file: {reason}", hint=hint)
    return BinderError(reason, where=os.fsdecode(error.filename), hint=hint)


def _missing(error: FileNotFoundError) -> BinderError | None:
    """A program that is not installed, no place for temporary files, or a current folder that was deleted."""
    name = error.filename
    if _raised_in(error, "tempfile.py"):
        return BinderError(
            "no folder takes a temporary file: /tmp is full or not writable",
            hint="free some space there, or set TMPDIR to a folder on another disk",
        )
    starts = _raised_in(error, "subprocess.py", "os.py")
    if isinstance(name, str) and "/" not in name and starts and not shutil.which(name):
        return BinderError(f"the program {name} is not installed", hint=f"install {name} and run it again")
    try:
        Path.cwd()
    except FileNotFoundError:
        return BinderError("the current folder was deleted", hint="change to another folder: cd ~")
    return None


def _raised_in(error: OSError, *modules: str) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).name in modules
