"""One log file per run: everything needed to report a bug, and no secret.

Log files are in the state folder; sorted by name, the newest is last. At its start, a command deletes its own
logs except the newest KEEP, so that a `status` every minute does not delete the log of the last `up`.
"""

import contextlib
import errno
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from binder_singlenode.base import invocation, transcript
from binder_singlenode.base.folders import state_dir
from binder_singlenode.base.masking import hide
from binder_singlenode.errors import ConfigError

KEEP = 50
SHOWN_CHARS = 1000
"""Longer text, such as a script of hundreds of lines, is cut on the screen and complete in the file."""
_ERASE = "\r\x1b[K"
logger = logging.getLogger("binder_singlenode")


class _Formatter(logging.Formatter):
    """Format log records, tracebacks included, and mask the secrets of this run."""

    def format(self, record: logging.LogRecord) -> str:
        return hide(super().format(record))


class _Screen(logging.StreamHandler[TextIO]):
    """Show warnings on stderr, and with --verbose the transcript. cli/main.py shows errors."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(sys.stderr)
        self._verbose = verbose

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to show the record on the screen."""
        if record.name == transcript.logger.name:
            return self._verbose
        return record.levelno == logging.WARNING

    def format(self, record: logging.LogRecord) -> str:
        """On a terminal, erase the live progress line first; its next update draws it again."""
        text = hide(record.getMessage())
        if len(text) > SHOWN_CHARS:
            text = f"{text[:SHOWN_CHARS]} … (the log has all of it)"
        shown = f"warning: {text}" if record.levelno == logging.WARNING else "    " + _indented(text)
        return (_ERASE if self.stream.isatty() else "") + shown


class _File(logging.FileHandler):
    """Write records to a file of mode 0600, which is created with the first record.

    A disk that is full in the middle of a run must not end the run: a warning is shown once, and records
    are dropped.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, delay=True, encoding="utf-8", errors="backslashreplace")
        self._lost = False

    def _open(self) -> Any:
        handle = os.open(self.baseFilename, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        return os.fdopen(handle, "a", encoding=self.encoding, errors=self.errors)

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or warn."""
        try:
            super().emit(record)
        except OSError as error:
            self._warn(error)

    def handleError(self, record: logging.LogRecord) -> None:
        """Warn instead of printing a traceback."""
        error = sys.exception()
        if isinstance(error, OSError):
            self._warn(error)
        else:
            super().handleError(record)

    def close(self) -> None:
        """Close the file; what cannot be written is dropped."""
        with contextlib.suppress(OSError):
            super().close()

    def _warn(self, error: OSError) -> None:
        if not self._lost:
            self._lost = True
            with contextlib.suppress(OSError):
                print(f"warning: the log cannot be written: {error.strerror}", file=sys.stderr, flush=True)


def _indented(text: str) -> str:
    return text.replace("\n", "\n      ")


def start(command: str, verbose: bool = False) -> Path:
    """Name this run's log file, for the records of this program and of pyinfra in this run. The first record
    creates it. Raises ConfigError when its folder cannot be used."""
    folder = _folder()
    for old in sorted(folder.glob(f"*T??????-{command}-*.log"))[: -(KEEP - 1)]:
        with contextlib.suppress(OSError):
            old.unlink()
    path = folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{command}-{os.getpid()}.log"
    handler = _File(path)
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    run = invocation.current()
    run.at_end.callback(handler.close)
    _listen(run, logger, handler, _Screen(verbose))
    _listen(run, logging.getLogger("pyinfra"), handler)
    run.log = path
    return path


def _folder() -> Path:
    """The folder of log files, created when missing. Raises ConfigError."""
    folder = state_dir() / "log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise ConfigError(
            f"logs cannot be written to this folder: {(error.strerror or 'failed').lower()}",
            where=str(folder),
            hint="check its owner, mode and free space, or set XDG_STATE_HOME to a writable folder",
        ) from None
    return folder


def _listen(run: invocation.Invocation, log: logging.Logger, *handlers: logging.Handler) -> None:
    """Send the records of `log` to these handlers only; restore its settings when the run ends."""
    run.at_end.callback(log.setLevel, log.level)
    run.at_end.callback(setattr, log, "propagate", log.propagate)
    log.setLevel(logging.INFO)
    log.propagate = False
    for handler in handlers:
        log.addHandler(handler)
        run.at_end.callback(log.removeHandler, handler)


def of_this_run() -> Path:
    """The log file of this run; created when the command has none yet."""
    return invocation.current().log or start("bug")
