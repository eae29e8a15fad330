"""The stages of a launch, and the time that each takes: lookup, build, pull, pod."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

PRESENT = "already present on machine"
"""The kubelet's message for an image that it need not pull (pkg/kubelet/images, all versions since 1.0)."""
_PULL_IS_OVER = (
    "Successfully pulled",
    PRESENT,
    "Failed to pull",
    "Created container",
    "Started container",
)
# kubelet: Successfully pulled image "i" in 1m2.3s (1m4s including waiting). Image size: 123 bytes.
_PULLED_IN = re.compile(r'Successfully pulled image "[^"]*" in (?P<time>[0-9.hmµuns]+)')
_PART = re.compile(r"([0-9.]+)(h|ms|m|s|µs|us|ns)")
_UNIT_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "µs": 1e-6, "us": 1e-6, "ns": 1e-9}


class Stage(StrEnum):
    """The parts of a launch that a person waits for."""

    LOOKUP = "lookup"
    """BinderHub resolves the ref, and queries the registry for its image."""
    BUILD = "build"
    """Up to BinderHub's `built`: the queue, the clone, the image build and its push."""
    PULL = "pull"
    """The kubelet fetches the image."""
    POD = "pod"
    """Scheduling, the containers, and the Jupyter server's own start."""


@dataclass(frozen=True)
class Timings:
    """Seconds spent in each stage, and in total. 0: the stage was skipped."""

    lookup_s: float = 0.0
    build_s: float = 0.0
    pull_s: float | None = None
    """None when the kubelet's messages about the image did not arrive: unknown, not skipped."""
    pod_s: float = 0.0
    """Includes the pull when the pull time is unknown."""
    total_s: float = 0.0

    def __str__(self) -> str:
        build = f"{self.build_s:.1f} s" if self.build_s else "skipped"
        pull = "unknown" if self.pull_s is None else f"{self.pull_s:.1f} s" if self.pull_s else "skipped"
        return f"build {build}, pull {pull}, pod {self.pod_s:.1f} s; {self.total_s:.1f} s in all"


class Stopwatch:
    """The current stage of a launch, as its events show, and the time spent in each."""

    def __init__(self) -> None:
        self.stage = Stage.LOOKUP
        self._spent = dict.fromkeys(Stage, 0.0)
        self._last_s = 0.0
        self._pull_known = False
        self._pulled_s = 0.0

    def at(self, elapsed_s: float) -> None:
        """Add the time since the last event to the stage that is under way."""
        self._spent[self.stage] += elapsed_s - self._last_s
        self._last_s = elapsed_s

    def hear(self, phase: str, message: str) -> None:
        """Change to the stage that the time after this event belongs to."""
        pulled = _PULLED_IN.search(message)
        self._pull_known |= bool(pulled) or PRESENT in message
        self._pulled_s += go_duration_s(pulled["time"]) if pulled else 0.0
        self.stage = _next_stage(self.stage, phase, message)

    def timings(self) -> Timings:
        """Time of each stage up to the last event. For a pull the kubelet's own figure is more exact: the hub
        forwards the pod's events with a delay."""
        spent = self._spent
        waited_s = spent[Stage.PULL] + spent[Stage.POD]
        known = self._pull_known or spent[Stage.PULL] > 0
        pull_s = min(self._pulled_s or spent[Stage.PULL], waited_s) if known else None
        pod_s = waited_s - (pull_s or 0.0)
        return Timings(spent[Stage.LOOKUP], spent[Stage.BUILD], pull_s, pod_s, self._last_s)


def _next_stage(stage: Stage, phase: str, message: str) -> Stage:
    if phase == "built":
        return Stage.POD
    if phase != "launching":
        return Stage.BUILD if stage is Stage.LOOKUP else stage
    if "Pulling image" in message:
        return Stage.PULL
    # between two messages of the kubelet the pull still runs: another pod's event does not end it
    if stage is Stage.PULL and not any(words in message for words in _PULL_IS_OVER):
        return Stage.PULL
    return Stage.POD


def go_duration_s(text: str) -> float:
    """Seconds of a duration as Go prints it: 1m2.5s, 850ms."""
    return sum(float(number) * _UNIT_S[unit] for number, unit in _PART.findall(text))
