"""How long the rest of a walk takes, by what its operations took the last time: no history, no estimate.

The state folder keeps it, per host; for a host that was never provisioned from here, the host provisioned
last counts.
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
"""An operation that found nothing to do this time must not hide how long it takes when there is."""
_VERSION = re.compile(r"\s*(→\s*)?\bv?\d+(\.\d+)+\S*")
Durations = dict[str, float]


class Pace:
    """The operations of one plan that will do something, and what they took the last time, in seconds."""

    def __init__(self, plan: Plan, durations: Durations, *, other_host: bool = False) -> None:
        self._pending = [key(each.step, each.name) for each in plan.operations if each.change is not False]
        self._other_host = other_host
        self.durations = durations

    def note(self, event: Event) -> None:
        """Learn from an operation that has ended."""
        name = key(event.step, event.operation)
        if event.kind != "finished" or name not in self._pending:
            return
        self._pending.remove(name)
        seconds = event.seconds or 0.0
        if event.changed or seconds >= WORTH_KEEPING_S or name not in self.durations:
            self.durations[name] = round(seconds, 1)

    def left_s(self, event: Event) -> float | None:
        """Seconds until the last operation ends, while this one is at work; None: nobody can know."""
        if not self._pending or any(name not in self.durations for name in self._pending):
            return None
        current = key(event.step, event.operation)
        passed = min(event.seconds or 0.0, self.durations.get(current, 0.0))
        return sum(self.durations[name] for name in self._pending) - passed

    def words(self, event: Event) -> str:
        """The same for people."""
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
    """The operation's name without versions: an upgrade takes as long as the one before."""
    return f"{step}: {_VERSION.sub('', operation)}"


@contextmanager
def kept(host: str, plan: Plan) -> Iterator[Pace]:
    """The pace of this plan on this host; what was learnt is kept, also when the walk fails."""
    hosts = _load()
    own = hosts.pop(host, None)
    durations = own or (dict(list(hosts.values())[-1]) if hosts else {})
    pace = Pace(plan, durations, other_host=own is None and bool(durations))
    try:
        yield pace
    finally:
        with suppress(OSError):  # an estimate that is lost is no reason to fail
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
