"""Plain data about a run of the steps: plan, progress, result."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["step", "started", "waiting", "finished", "failed"]


@dataclass(frozen=True)
class PlannedOperation:
    """One operation: whether it would change something (None: it only waits, if needed), and the diff."""

    step: str
    name: str
    change: bool | None
    diff: str | None = None


@dataclass(frozen=True)
class Plan:
    """All operations, in order."""

    operations: list[PlannedOperation]

    @property
    def changes(self) -> list[PlannedOperation]:
        """The operations that would change something."""
        return [operation for operation in self.operations if operation.change]


@dataclass(frozen=True)
class Event:
    """A progress event. "finished" sets `changed`; "waiting", "finished" and "failed" set `seconds`."""

    kind: Kind
    step: str
    operation: str = ""
    changed: bool | None = None
    seconds: float | None = None
    now: str = ""
    """With "waiting": what the operation waits for, if known."""


@dataclass(frozen=True)
class Result:
    """The result of a run. An operation that only waited does not count as changed."""

    changed: int
    operations: int
    seconds: float
    changes: tuple[str, ...] = ()
    """Step and name of each operation that changed something."""
