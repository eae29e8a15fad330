"""Before a workshop: build, pull and try a repository, and pin its image.

A normal launch does this: afterwards the image is built, pushed, pulled to the node, and known to start.
The session is ended at once.
"""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from binder_singlenode.binderhub import account, pins
from binder_singlenode.binderhub.launch import host_memory, stream
from binder_singlenode.binderhub.launch.stages import Timings
from binder_singlenode.binderhub.repository.model import Repository
from binder_singlenode.binderhub.session import username
from binder_singlenode.cluster.kubectl import KUBECTL, wait_script
from binder_singlenode.cluster.pods import SESSION_LABELS, USERNAME_ANNOTATION
from binder_singlenode.errors import ConnectError, LaunchError

if TYPE_CHECKING:
    from binder_singlenode.ssh.session import Session

START_S = 180.0
"""Time limit for the session to answer once its pod runs."""
FREE_S = 120
"""Time limit for its pod to disappear."""
LIMIT_S = 60
"""Additional time for the queries to the cluster."""


@dataclass(frozen=True)
class Warmed:
    """A repository whose image is ready and pinned."""

    repo: str
    """As typed, without a login."""
    ref: str | None
    image: str
    found_image: bool
    """True when it had been built before."""
    timings: Timings
    pin: pins.Pin


def warm(
    session: Session,
    repo: str | Repository,
    ref: str | None,
    expiry_s: int,
    timeout_s: float = stream.DEFAULT_TIMEOUT_S,
    on_event: Callable[[stream.LaunchEvent], None] = lambda event: None,
    token: str | None = None,
) -> Warmed:
    """Launch, pin, end. Raises LaunchError, ConnectError, StepError; always ends the session.

    `token`: binder-singlenode's hub token, needed with sign-in.
    """
    started = time.monotonic()
    try:
        ready = stream.launch_to_ready(session.host.base_url, repo, ref, timeout_s, on_event, token)
    except LaunchError as error:
        raise host_memory.explained(error, session.host, session, time.monotonic() - started) from None
    with _ended(session, ready, token):
        stream.session_answers(ready.url, ready.token, START_S)
        pins.pin(session, ready.image, expiry_s)
    found = pins.Pin(ready.image, expiry_s)
    name = repo if isinstance(repo, str) else repo.name
    return Warmed(name, ref, ready.image, ready.found_image, ready.timings, found)


@contextlib.contextmanager
def _ended(session: Session, ready: stream.Ready, token: str | None) -> Iterator[None]:
    """End the session afterwards and wait for its place to be free; if this fails, the culler ends it."""
    try:
        yield
    finally:
        with contextlib.suppress(LaunchError, ConnectError):
            account.end_session(session.host.hub_url, ready, token)
            free = free_script(session.host.release.namespace, ready.url)
            session.as_root(free, timeout_s=FREE_S + LIMIT_S)


def free_script(namespace: str, session_url: str) -> str:
    """Shell that waits until the session's pod is gone: BinderHub counts pods, including ending ones."""
    labels, name = shlex.quote(SESSION_LABELS), USERNAME_ANNOTATION.replace(".", "\\.")
    template = shlex.quote(f"{{.items[*].metadata.annotations.{name}}}")
    pods = f"{KUBECTL} get pods -n {shlex.quote(namespace)} -l {labels} -o jsonpath={template}"
    gone = f"users=$({pods}) && ! echo $users | tr ' ' '\\n' | grep -qxF {shlex.quote(username(session_url))}"
    return wait_script("the session's pod is gone", gone, FREE_S, "true")
