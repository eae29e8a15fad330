"""What a launch says while it goes: events, the three stages and how long each took."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FOUND_IMAGE = "Found built image"  # BinderHub's words when nothing has to be built


_PULL_IS_OVER = (
    "Successfully pulled",
    "already present",
    "Failed to pull",
    "Created container",
    "Started container",
)


class Stage(StrEnum):
    """The three parts of a launch that a person waits for."""

    BUILD = "build"
    """Up to BinderHub's `built`: the queue, the clone, the image build and its push."""
    PULL = "pull"
    """The kubelet fetches the image."""
    POD = "pod"
    """Scheduling, the containers, and the Jupyter server's own start."""


@dataclass(frozen=True)
class Timings:
    """Seconds spent in each stage, and altogether."""

    build_s: float = 0.0
    pull_s: float = 0.0
    pod_s: float = 0.0
    total_s: float = 0.0


@dataclass(frozen=True)
class LaunchEvent:
    """One event of the stream."""

    phase: str
    """BinderHub's own word, lower case; an event without one belongs to the phase before."""
    message: str
    """One or more lines for people, as BinderHub sent them."""
    raw: dict[str, Any] = field(repr=False)
    """The event as sent, without the session's token."""
    elapsed_s: float
    """Seconds since the launch was asked for."""
    stage: Stage


@dataclass(frozen=True)
class Ready(LaunchEvent):
    """The last event of a launch that went well."""

    url: str
    """The session's address; ends with a slash."""
    token: str = field(repr=False)
    """Opens the session; never logged."""
    image: str
    found_image: bool
    """True when nothing was built: the image was in the registry."""
    timings: Timings

    @property
    def login_url(self) -> str:
        """The address to open in a browser."""
        return f"{self.url}?token={self.token}"


def decode(data: str) -> dict[str, Any]:
    """The event's JSON object; anything else is a log line of phase "unknown", as on BinderHub's page."""
    try:
        event = json.loads(data)
    except ValueError:
        event = None
    return event if isinstance(event, dict) else {"phase": "unknown", "message": data}


class Progress:
    """Follows the stream: which phase and stage it is in, the time of each, and the last build lines."""

    TAIL_LINES = 20

    def __init__(self) -> None:
        self.phase = "waiting"
        self.stage = Stage.BUILD
        self.found_image = False
        self.tail: list[str] = []
        self._spent = dict.fromkeys(Stage, 0.0)
        self._last_s = 0.0

    def take(self, raw: dict[str, Any], elapsed_s: float) -> LaunchEvent:
        """Account for one event that came `elapsed_s` seconds after the start."""
        self.at(elapsed_s)
        self.phase = str(raw.get("phase") or self.phase).lower()
        message = str(raw.get("message") or "")
        self._remember(message)
        if self.phase == "built":
            self.found_image = message.startswith(FOUND_IMAGE)
        event = LaunchEvent(self.phase, message, _without_token(raw), elapsed_s, self.stage)
        self.stage = _next_stage(self.stage, self.phase, message)
        return event

    def at(self, elapsed_s: float) -> None:
        """Add the time since the last event to the stage that is under way."""
        self._spent[self.stage] += elapsed_s - self._last_s
        self._last_s = elapsed_s

    def timings(self) -> Timings:
        """What each stage took up to the last event."""
        spent = self._spent
        return Timings(spent[Stage.BUILD], spent[Stage.PULL], spent[Stage.POD], self._last_s)

    def _remember(self, message: str) -> None:
        """Keep the last lines; of a line that redraws itself with carriage returns, what stood there last."""
        shown = (line.rstrip("\r").rsplit("\r", 1)[-1].rstrip() for line in message.split("\n"))
        self.tail = [*self.tail, *(line for line in shown if line)][-self.TAIL_LINES :]


def _next_stage(stage: Stage, phase: str, message: str) -> Stage:
    """Which stage the time after this event belongs to; the pull shows in the kubelet's own sentences."""
    if phase == "built":
        return Stage.POD
    if phase != "launching":
        return stage
    if "Pulling image" in message:
        return Stage.PULL
    # between two sentences of the kubelet the pull is still going on: another pod's event does not end it
    if stage is Stage.PULL and not any(words in message for words in _PULL_IS_OVER):
        return Stage.PULL
    return Stage.POD


def _without_token(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key != "token"}
