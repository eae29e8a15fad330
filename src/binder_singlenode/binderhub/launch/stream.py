"""BinderHub's HTTP API: health, versions, launch, and the session that a launch ends in.

BinderHub always answers 200: errors are reported in the event stream (binderhub/builder.py, send_error).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import httpx

from binder_singlenode.binderhub.health import Health, Versions, health, versions
from binder_singlenode.binderhub.http import client, refuse_non_stream
from binder_singlenode.binderhub.launch import failures, sse
from binder_singlenode.binderhub.launch.events import (
    FOUND_IMAGE,
    LaunchEvent,
    Progress,
    Ready,
    Stage,
    Timings,
    decode,
)
from binder_singlenode.binderhub.repository.model import Repository
from binder_singlenode.binderhub.repository.read import build_url, provider_spec
from binder_singlenode.binderhub.session import answers_or_stops, session_answers, stop_session
from binder_singlenode.errors import LaunchError

__all__ = [
    "FOUND_IMAGE",
    "Health",
    "LaunchEvent",
    "Ready",
    "Stage",
    "Timings",
    "Versions",
    "answers_or_stops",
    "build_url",
    "health",
    "launch",
    "launch_to_ready",
    "provider_spec",
    "session_answers",
    "stop_session",
    "versions",
]

DEFAULT_TIMEOUT_S = 1800.0  # a first build of a large repository

# exactly this: BinderHub splits the header at ";" and looks for this media type alone
_HEADERS = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}


def launch(
    base_url: str,
    repo: str | Repository,
    ref: str | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    token: str | None = None,
) -> Iterator[LaunchEvent]:
    """Build and launch `repo` at `ref`; yields each event as it arrives, the last one a Ready.

    Closing the iterator (or Ctrl-C) closes the connection. BinderHub still finishes what it has started: the
    next launch finds the image, and the culler ends a session that nobody opened. The time limit is checked
    only when data arrives, so a timeout may be up to one keepalive (25 s) late.

    token: of a hub user, needed with sign-in (binderhub/account.py).
    Raises LaunchError with BinderHub's own message, the last build lines and a hint.
    """
    url = build_url(base_url, repo, ref)
    headers = _HEADERS | ({"Authorization": f"token {token}"} if token else {})
    started = time.monotonic()
    progress = Progress()
    limits = httpx.Timeout(10, read=min(failures.SILENCE_S, timeout_s))
    try:
        with client(base_url, limits) as http, http.stream("GET", url, headers=headers) as response:
            refuse_non_stream(response)
            for data in sse.messages(sse.lines(response.iter_bytes())):
                elapsed_s = time.monotonic() - started
                if elapsed_s > timeout_s:
                    raise failures.timed_out(timeout_s, progress, url)
                if data is None:  # a keepalive: only the time has changed
                    continue
                event = _read(data, elapsed_s, progress, url)
                if isinstance(event, Ready):
                    # With sign-in a session authenticates users through the hub: the event's token is unused.
                    yield replace(event, token=token or event.token)
                    return
                yield event
    except httpx.HTTPError as error:
        raise failures.broken(error, time.monotonic() - started, timeout_s, progress, url) from error
    raise failures.ended(progress, url)


def launch_to_ready(
    base_url: str,
    repo: str | Repository,
    ref: str | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    on_event: Callable[[LaunchEvent], None] = lambda event: None,
    token: str | None = None,
) -> Ready:
    """Launch and wait for the session; `on_event` is called with every event. Raises LaunchError."""
    for event in launch(base_url, repo, ref, timeout_s, token):
        on_event(event)
        if isinstance(event, Ready):
            return event
    raise AssertionError("launch() ends with Ready or raises")


def _read(data: str, elapsed_s: float, progress: Progress, url: str) -> LaunchEvent:
    """Read one event: an ordinary one or the last one (Ready). Raises LaunchError when its phase is "failed".

    The first "failed" counts: a second one, with status 500, follows when a quota is reached after the build.
    """
    raw = decode(data)
    event = progress.take(raw, elapsed_s)
    if event.phase in ("failed", "failure"):
        raise failures.failed(event, progress, url)
    if event.phase != "ready":
        return event
    if not raw.get("url") or not raw.get("token"):
        raise LaunchError(
            "BinderHub says ready but names no session",
            where=url,
            hint="a hub in API-only mode builds and does not launch: unset BinderHub.enable_api_only_mode",
        )
    return Ready(
        **vars(event),
        url=_absolute(url, str(raw["url"])),
        token=str(raw["token"]),
        image=str(raw.get("image") or ""),
        found_image=progress.found_image,
        timings=progress.watch.timings(),
    )


def _absolute(asked: str, url: str) -> str:
    origin = urlsplit(asked)
    return urljoin(f"{origin.scheme}://{origin.netloc}/", url).rstrip("/") + "/"
