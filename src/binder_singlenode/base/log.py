"""One log file per run: everything a person needs to report a bug, and no secret.

Log files live in the state folder, newest last by name; of each command the oldest beyond KEEP are removed at
its start, so that a `status` every minute leaves the log of the last `up` alone.
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
"""Scripts of hundreds of lines are for the file, not for the screen."""
_ERASE = "\r\x1b[K"
logger = logging.getLogger("binder_singlenode")


class _Formatter(logging.Formatter):
    """Lines of the log, tracebacks included, without the secrets of this run."""

    def format(self, record: logging.LogRecord) -> str:
        return hide(super().format(record))


class _Screen(logging.StreamHandler[TextIO]):
    """On stderr: warnings, and with --verbose what runs on the host. Errors are the edge's to show."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(sys.stderr)
        self._verbose = verbose

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is for the screen."""
        if record.name == transcript.logger.name:
            return self._verbose
        return record.levelno == logging.WARNING

    def format(self, record: logging.LogRecord) -> str:
        """Over the live line of progress, if there is one: it comes again by itself."""
        text = hide(record.getMessage())
        if len(text) > SHOWN_CHARS:
            text = f"{text[:SHOWN_CHARS]} … (the log has all of it)"
        shown = f"warning: {text}" if record.levelno == logging.WARNING else "    " + _indented(text)
        return (_ERASE if self.stream.isatty() else "") + shown


def _indented(text: str) -> str:
    return text.replace("\n", "\n      ")


def start(command: str, verbose: bool = False) -> Path:
    """Open this run's log file (mode 0600). Until the run ends, our logging and pyinfra's goes there."""
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
    """Send what is logged to the handlers and nowhere else; at the run's end all is as it was before."""
    run.at_end.callback(log.setLevel, log.level)
    run.at_end.callback(setattr, log, "propagate", log.propagate)
    log.setLevel(logging.INFO)
    log.propagate = False
    for handler in handlers:
        log.addHandler(handler)
        run.at_end.callback(log.removeHandler, handler)


def of_this_run() -> Path:
    """The log file of this run; one is made for a command that has none."""
    return invocation.current().log or start("bug")
