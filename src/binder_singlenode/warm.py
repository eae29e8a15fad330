"""Before a workshop: build, pull and try a repository, and pin its image.

It is launched, as a visitor would: then it is built, pushed, pulled to the node, and known to start.
Its session is ended at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from binder_singlenode import binder, pins
from binder_singlenode.errors import LaunchError
from binder_singlenode.launch_stages import Timings

if TYPE_CHECKING:
    from binder_singlenode.config import Host
    from binder_singlenode.kubeconfig import Run

START_S = 180.0
"""For the session's own start, when its pod runs."""


@dataclass(frozen=True)
class Warmed:
    """A repository that is ready for many."""

    repo: str
    ref: str | None
    image: str
    found_image: bool
    """True when it had been built before."""
    timings: Timings
    pin: pins.Pin


def refuse_sign_in(host: Host) -> None:
    """Raises LaunchError where a launch takes an account, which a program has not."""
    if host.sign_in.on:
        raise LaunchError(
            "users sign in there, and a program has no account to launch with",
            where=host.name,
            hint="launch each repository once in a browser",
        )


def warm(
    host: Host,
    repo: str,
    ref: str | None,
    expiry_s: int,
    run: Run,
    sudo_password: str | None = None,
    timeout_s: float = binder.DEFAULT_TIMEOUT_S,
    on_event: Callable[[binder.LaunchEvent], None] = lambda event: None,
) -> Warmed:
    """Launch, pin, end. Raises LaunchError, ConnectError, StepError; the session is ended in any case."""
    ready = binder.launch_to_ready(host.base_url, repo, ref, timeout_s, on_event)
    with _ended(ready):
        binder.session_answers(ready.url, ready.token, START_S)
        pins.pin(host, run, ready.image, expiry_s, sudo_password)
    found = pins.Pin(ready.image, expiry_s)
    return Warmed(repo, ref, ready.image, ready.found_image, ready.timings, found)


@contextlib.contextmanager
def _ended(ready: binder.Ready) -> Iterator[None]:
    """Its place is free again afterwards; where that fails, the culler does it."""
    try:
        yield
    finally:
        with contextlib.suppress(LaunchError):
            binder.stop_session(ready.url, ready.token)
