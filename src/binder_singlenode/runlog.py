"""One log file per run: everything a person needs to report a bug, and no secret.

Log files live in the state folder, newest last by name; the oldest beyond KEEP are removed at start.
"""

import contextlib
import logging
import os
import time
from pathlib import Path

from binder_singlenode.masking import hide
from binder_singlenode.state import state_dir

KEEP = 50
logger = logging.getLogger("binder_singlenode")


class _Formatter(logging.Formatter):
    """Lines of the log, tracebacks included, without the secrets of this run."""

    def format(self, record: logging.LogRecord) -> str:
        return hide(super().format(record))


def start(command: str) -> Path:
    """Open this run's log file (mode 0600) and send the product's and pyinfra's logging to it."""
    folder = state_dir() / "log"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in sorted(folder.glob("*.log"))[: -(KEEP - 1)]:
        with contextlib.suppress(FileNotFoundError):
            old.unlink()
    path = folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{command}-{os.getpid()}.log"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    handler = logging.FileHandler(path, delay=True)
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in ("binder_singlenode", "pyinfra"):
        log = logging.getLogger(name)
        log.setLevel(logging.INFO)
        log.addHandler(handler)
        log.propagate = False
    return path
