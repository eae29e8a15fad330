"""Pinned images: clean-up on the host does not delete them, until a date or without end.

The list is a file on the host. The registry's clean-up reads the file, the kubelet's reads a label. pin.sh on
the host keeps file and labels consistent, and removes expired pins.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from binder_singlenode import config
from binder_singlenode.errors import StepError
from binder_singlenode.layout import paths

if TYPE_CHECKING:
    from binder_singlenode.ssh.session import Session

FOR_EVER = 0
OVER = 1
"""An expiry in the past: unpins the image."""
LIMIT_S = 120
_BEHIND = timedelta(hours=12)


@dataclass(frozen=True)
class Pin:
    """One pinned image."""

    image: str
    expiry_s: int
    """Unix time; 0: without end."""

    @property
    def until(self) -> str:
        """The last day of the pin, for people."""
        if self.expiry_s == FOR_EVER:
            return "for ever"
        return (
            (datetime.fromtimestamp(self.expiry_s, UTC) - _BEHIND - timedelta(seconds=1)).date().isoformat()
        )


def end_of(day: date) -> int:
    """The Unix time at which this day is over, everywhere on Earth: midnight at UTC-12."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return int((midnight + _BEHIND).timestamp())


def parse(text: str) -> Iterator[Pin]:
    """Parse the list, whose lines are IMAGE EXPIRY."""
    for line in text.splitlines():
        image, _, expiry = line.strip().rpartition(" ")
        if image and expiry.isdigit():
            yield Pin(image, int(expiry))


def listed(session: Session) -> list[Pin]:
    """All pins of a host. Raises ConnectError, StepError."""
    return list(parse(as_root_there(session, f"cat {paths.PINS} 2>/dev/null || true")))


def pin(session: Session, image: str, expiry_s: int) -> None:
    """Pin an image that the kubelet has, or unpin one with OVER. Raises ConnectError, StepError."""
    as_root_there(session, f"sh {paths.PIN} {shlex.quote(image)} {expiry_s}")


def as_root_there(session: Session, command: str) -> str:
    """Run a command as root; returns its output. Raises ConnectError, StepError."""
    done = session.as_root(command, timeout_s=LIMIT_S)
    if done.returncode != 0:
        host = session.host
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise StepError(
            f"pins cannot be changed: {said[-1]}",
            where=host.name,
            hint=f"`binder-singlenode up {config.argument(host)}` places what does it; then try again",
        )
    return done.stdout
