"""What tests script: a clock, and what goes wrong with which request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TOKEN = "t0kenT0KENt0kenT0KENt0kenT0KENt0kenT0KENt0kenT0KENt0kenT0KEN0123"
START = 1_800_000_000.0


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = START
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@dataclass
class Refusal(Exception):
    """An answer that is an error."""

    status: int
    code: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)


class Kill(BaseException):
    """Stands for kill -9: nothing of the product may run after it."""


@dataclass(frozen=True)
class Request:
    """What came in."""

    method: str
    path: str
    body: Any


@dataclass
class Fault:
    """What goes wrong with the request that `when` picks."""

    when: Callable[[int, Request], bool]
    refuse: Refusal | None = None
    """Answer this, and do nothing."""
    lose: bool = False
    """Do it, and drop the connection instead of an answer."""
    garble: bool = False
    """Do it, and answer 200 with something that is no JSON."""
    slow: bool = False
    """Do it, and hold the answer until the test ends: the client's timeout strikes."""
    action_error: tuple[str, str] | None = None
    """Do it, and let the first action end in this error (code, message)."""
    stuck: bool = False
    """Do it, and let its actions run for ever."""
    times: int = 1


def nth(index: int) -> Callable[[int, Request], bool]:
    """The request of that index, counted from 0."""
    return lambda number, _request: number == index


def on(method: str, path: str) -> Callable[[int, Request], bool]:
    """A request of that method whose path starts so."""
    return lambda _number, request: request.method == method and request.path.startswith(path)
