"""What runs on hosts and is asked of a cloud, said once: the log file of
the run holds it, and --verbose shows it (log.py).
"""

import logging

from binder_singlenode.base.masking import clean, mask

logger = logging.getLogger(__name__)


def command(text: str) -> None:
    """A command that is about to run on a host. What goes to its standard input is not told."""
    if logger.isEnabledFor(logging.INFO):
        logger.info("$ %s", clean(mask(text)))


def tunnel(local_port: int, remote_port: int) -> None:
    """A port of this computer that leads to one of the host."""
    logger.info("tunnel: 127.0.0.1:%d is port %d of the host", local_port, remote_port)


def request(method: str, path: str, status: int | None) -> None:
    """A request to a cloud's API that is over; no status: nobody answered. Headers hold the token, untold."""
    logger.info("%s %s: %s", method, clean(mask(path)), status or "no answer")
