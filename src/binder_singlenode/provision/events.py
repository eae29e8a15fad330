"""What the walk over the steps tells: the plan, the progress, the result. Plain data."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["step", "started", "waiting", "finished", "failed"]


@dataclass(frozen=True)
class PlannedOperation:
    """One operation: whether it would change something, and how. None: it only waits, if need be."""

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
        """Those that would change something."""
        return [operation for operation in self.operations if operation.change]


@dataclass(frozen=True)
class Event:
    """One piece of progress. `changed` comes with "finished"; `seconds` so far with "waiting" too."""

    kind: Kind
    step: str
    operation: str = ""
    changed: bool | None = None
    seconds: float | None = None
    now: str = ""
    """With "waiting": what it waits for, if the host tells."""


@dataclass(frozen=True)
class Result:
    """What was done. An operation that only waited has changed nothing."""

    changed: int
    operations: int
    seconds: float
    changes: tuple[str, ...] = ()
    """Step and name of each operation that changed something."""
