"""One log file per run: everything needed to report a bug, and no secret.

Log files are in the state folder; sorted by name, the newest is last. At its start, a command deletes its own
logs except the newest KEEP, so that a `status` every minute does not delete the log of the last `up`.
"""

import contextlib
import logging
import os
import sys
import time
from pathlib import Path
from typing import TextIO

from binder_singlenode.base import invocation, transcript
from binder_singlenode.base.folders import state_dir
from binder_singlenode.base.masking import hide

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


def _indented(text: str) -> str:
    return text.replace("\n", "\n      ")


def start(command: str, verbose: bool = False) -> Path:
    """Open this run's log file (mode 0600), for the records of this program and of pyinfra in this run."""
    folder = state_dir() / "log"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in sorted(folder.glob(f"*T??????-{command}-*.log"))[: -(KEEP - 1)]:
        with contextlib.suppress(FileNotFoundError):
            old.unlink()
    path = folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{command}-{os.getpid()}.log"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    handler = logging.FileHandler(path, delay=True, encoding="utf-8")
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    run = invocation.current()
    run.at_end.callback(handler.close)
    _listen(run, logger, handler, _Screen(verbose))
    _listen(run, logging.getLogger("pyinfra"), handler)
    run.log = path
    return path


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
