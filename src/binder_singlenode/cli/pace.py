"""Estimate how long the rest of a run takes, from the last durations of its operations.

The state folder holds the durations of each host. A host that was never provisioned from this computer uses
those of the host provisioned last. Without durations there is no estimate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from binder_singlenode.base import atomic
from binder_singlenode.base.folders import state_dir
from binder_singlenode.provision.events import Event, Plan

NO_ESTIMATE = "no estimate yet"
WORTH_KEEPING_S = 1.0
"""An operation that changed nothing and took less than this does not overwrite its stored duration."""
_VERSION = re.compile(r"\s*(→\s*)?\bv?\d+(\.\d+)+\S*")
Durations = dict[str, float]


class Pace:
    """The operations of a plan that may change something, and their last durations in seconds."""

    def __init__(self, plan: Plan, durations: Durations, *, other_host: bool = False) -> None:
        self._pending = [key(each.step, each.name) for each in plan.operations if each.change is not False]
        self._other_host = other_host
        self.durations = durations

    def note(self, event: Event) -> None:
        """Record the duration of an operation that has ended."""
        name = key(event.step, event.operation)
        if event.kind != "finished" or name not in self._pending:
            return
        self._pending.remove(name)
        seconds = event.seconds or 0.0
        if event.changed or seconds >= WORTH_KEEPING_S or name not in self.durations:
            self.durations[name] = round(seconds, 1)

    def left_s(self, event: Event) -> float | None:
        """Seconds until the last operation ends, while `event` is in progress; None if it is not known."""
        if not self._pending or any(name not in self.durations for name in self._pending):
            return None
        current = key(event.step, event.operation)
        passed = min(event.seconds or 0.0, self.durations.get(current, 0.0))
        return sum(self.durations[name] for name in self._pending) - passed

    def words(self, event: Event) -> str:
        """The estimate as text."""
        from binder_singlenode.cli.output.progress import duration

        left_s = self.left_s(event)
        if left_s is None:
            return NO_ESTIMATE
        by = ", going by another host" if self._other_host else ""
        usual_s = self.durations.get(key(event.step, event.operation), 0.0)
        if (event.seconds or 0.0) <= usual_s:
            return f"about {duration(left_s)} left{by}"
        late = f"longer than the last time ({duration(usual_s)}); " if usual_s >= WORTH_KEEPING_S else ""
        return f"{late}about {duration(left_s)} more once it is done{by}"


def key(step: str, operation: str) -> str:
    """The operation's name without versions, so that an upgrade finds the duration of the one before."""
    return f"{step}: {_VERSION.sub('', operation)}"


@contextmanager
def kept(host: str, plan: Plan) -> Iterator[Pace]:
    """The pace of `plan` on `host`. Saves the durations at the end, also after an error."""
    hosts = _load()
    own = hosts.pop(host, None)
    durations = own or (dict(list(hosts.values())[-1]) if hosts else {})
    pace = Pace(plan, durations, other_host=own is None and bool(durations))
    try:
        yield pace
    finally:
        with suppress(OSError):  # a lost estimate must not fail the run
            _save({**hosts, host: pace.durations})


def _path() -> Path:
    return state_dir() / "durations.json"


def _load() -> dict[str, Durations]:
    try:
        hosts = json.loads(_path().read_text())
        return {str(host): {str(k): float(v) for k, v in told.items()} for host, told in hosts.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _save(hosts: dict[str, Durations]) -> None:
    atomic.write(_path(), json.dumps(hosts, indent=1))
