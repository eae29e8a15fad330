"""Log commands on hosts and requests to clouds. --verbose shows these records on the screen too (log.py)."""

import logging

from binder_singlenode.base.masking import clean, mask

logger = logging.getLogger(__name__)


def command(text: str) -> None:
    """Log a command that is about to run on a host. Its standard input is not logged."""
    if logger.isEnabledFor(logging.INFO):
        logger.info("$ %s", clean(mask(text)))


def tunnel(local_port: int, remote_port: int) -> None:
    """Log a tunnel from a port of this computer to a port of the host."""
    logger.info("tunnel: 127.0.0.1:%d is port %d of the host", local_port, remote_port)


def request(method: str, path: str, status: int | None) -> None:
    """Log a finished request to a cloud's API; `status` None: no answer. Headers, which hold the token, are
    not logged."""
    logger.info("%s %s: %s", method, clean(mask(path)), status or "no answer")
