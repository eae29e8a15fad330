"""The events of a launch, each with the stage that it belongs to."""

import json
from dataclasses import dataclass, field
from typing import Any

from binder_singlenode.binderhub.launch.stages import Stage, Stopwatch, Timings

__all__ = ["FOUND_IMAGE", "LaunchEvent", "Progress", "Ready", "Stage", "Timings", "decode"]

FOUND_IMAGE = "Found built image"  # BinderHub's message when nothing has to be built


@dataclass(frozen=True)
class LaunchEvent:
    """One event of the stream."""

    phase: str
    """BinderHub's phase, lower case; an event without one belongs to the previous phase."""
    message: str
    """One or more lines for people, as BinderHub sent them."""
    raw: dict[str, Any] = field(repr=False)
    """The event as sent, without the session's token."""
    elapsed_s: float
    """Seconds since the launch was requested."""
    stage: Stage


@dataclass(frozen=True)
class Ready(LaunchEvent):
    """The last event of a successful launch."""

    url: str
    """The session's address; ends with a slash."""
    token: str = field(repr=False)
    """Gives access to the session; never logged."""
    image: str
    found_image: bool
    """True when nothing was built: the image was in the registry."""
    timings: Timings

    @property
    def login_url(self) -> str:
        """The address to open in a browser."""
        return self.login_url_of("")

    def login_url_of(self, path: str) -> str:
        """The address that opens `path` of the session, which may have a query of its own."""
        return f"{self.url}{path}{'&' if '?' in path else '?'}token={self.token}"


def decode(data: str) -> dict[str, Any]:
    """The event's JSON object; anything else is a log line of phase "unknown", as on BinderHub's page."""
    try:
        event = json.loads(data)
    except ValueError:
        event = None
    return event if isinstance(event, dict) else {"phase": "unknown", "message": data}


class Progress:
    """Follows the stream: which phase it is in, the time of each stage, and the last build lines."""

    TAIL_LINES = 20

    def __init__(self) -> None:
        self.phase = "waiting"
        self.watch = Stopwatch()
        self.found_image = False
        self.tail: list[str] = []

    def take(self, raw: dict[str, Any], elapsed_s: float) -> LaunchEvent:
        """Account for one event that came `elapsed_s` seconds after the start."""
        self.watch.at(elapsed_s)
        self.phase = str(raw.get("phase") or self.phase).lower()
        message = str(raw.get("message") or "")
        self._remember(message)
        if self.phase == "built":
            self.found_image = message.startswith(FOUND_IMAGE)
        event = LaunchEvent(self.phase, message, _without_token(raw), elapsed_s, self.watch.stage)
        self.watch.hear(self.phase, message)
        return event

    def _remember(self, message: str) -> None:
        """Keep the last lines; of a line that is redrawn with carriage returns, only the final text."""
        shown = (line.rstrip("\r").rsplit("\r", 1)[-1].rstrip() for line in message.split("\n"))
        self.tail = [*self.tail, *(line for line in shown if line)][-self.TAIL_LINES :]


def _without_token(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key != "token"}
