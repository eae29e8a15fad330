"""Promises that take time or much memory to test: only with `verify --promises`."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

from binder_singlenode.binderhub import jupyter_kernel
from binder_singlenode.binderhub.launch import stream
from binder_singlenode.binderhub.session import wait_for
from binder_singlenode.cluster.objects import node_from
from binder_singlenode.health.checks.remote import Kubectl, output
from binder_singlenode.health.checks.sessions import CELL_S, Sessions
from binder_singlenode.health.expectations import Expectations

TAKE_S = 600.0  # the system has to allocate all that memory, page by page
MARGIN_S = 120.0  # for the culler to run, and for the pod to end


@dataclass(frozen=True)
class Overuse:
    """The result of a session that exceeds its memory limit, and the other pods before that."""

    session: stream.Ready
    outcome: jupyter_kernel.Outcome
    answers: bool
    began_at: float
    """By the host's clock."""
    neighbours: dict[str, tuple[str, int]]
    """Every other running pod, with its phase and restarts."""


def _others(kubectl: Kubectl, name: str) -> dict[str, tuple[str, int]]:
    found = {}
    for item in kubectl("get", "pods", "-A", "-o", "json")["items"]:
        statuses = item["status"].get("containerStatuses") or ()
        restarts = sum(int(each["restartCount"]) for each in statuses)
        if item["metadata"]["name"] != name and item["status"]["phase"] == "Running":
            found[item["metadata"]["name"]] = ("Running", restarts)
    return found


@pytest.fixture(scope="module")
def session(sessions: Sessions) -> stream.Ready:
    """One session for all of these."""
    return sessions.launch()


@pytest.fixture(scope="module")
def overuse(
    session: stream.Ready, sessions: Sessions, host: Any, kubectl: Kubectl, expect: Expectations
) -> Overuse:
    """A cell takes a quarter more than the limit."""
    sessions.python(session)
    neighbours = _others(kubectl, sessions.pod(session).name)
    began_at = float(output(host, "date +%s"))
    with jupyter_kernel.opened(session.url, session.token) as cell:
        cell.run("import os", CELL_S)
        outcome = cell.run(f'taken = b"x" * {expect.limit_bytes * 5 // 4}', TAKE_S)
        wait_for(cell.answers, CELL_S)
        answers = cell.answers()
    return Overuse(session, outcome, answers, began_at, neighbours)


def test_too_much_memory_ends_the_kernel(overuse: Overuse) -> None:
    """A cell that takes more than the limit loses its kernel."""
    outcome = overuse.outcome
    assert outcome.died, f"the kernel lives on with {outcome.error or 'all that memory'}"


def test_the_session_outlives_its_kernel(overuse: Overuse) -> None:
    """Its session lives on, with another kernel."""
    assert overuse.answers, "the session does not know its kernel any more"
    with jupyter_kernel.opened(overuse.session.url, overuse.session.token) as cell:
        assert not cell.run("import os", CELL_S).died, "a new kernel dies at once"


def test_nobody_else_notices(overuse: Overuse, host: Any, kubectl: Kubectl, expect: Expectations) -> None:
    """No other pod ends or restarts, and the node has memory."""
    now = _others(kubectl, "")
    gone = [name for name, before in overuse.neighbours.items() if now.get(name) != before]
    assert not gone, f"ended or restarted meanwhile: {', '.join(gone)}"
    node = node_from(kubectl("get", "node", expect.node_name, "-o", "json"))
    assert node.ready and not node.pressures, f"the node reports {', '.join(node.pressures) or node.why}"
    # The kernel logs "Memory cgroup out of memory" for one cgroup, and this for the whole machine.
    said = host.run("journalctl -q -k --no-pager -o cat --since @%s", f"{overuse.began_at:.0f}").stdout
    machine = [line for line in said.splitlines() if line.startswith("Out of memory")]
    assert not machine, f"the machine itself ran out of memory: {machine[0]}"


@dataclass(frozen=True)
class Watched:
    """A session whose window was open for longer than the idle time, without activity."""

    outlived: bool
    closed_at: float
    """When the window was closed, by this computer's monotonic clock."""


@pytest.fixture(scope="module")
def watched(session: stream.Ready, sessions: Sessions, expect: Expectations) -> Watched:
    """Whoever looks must not do so through the proxy: that would be activity."""
    with jupyter_kernel.opened(session.url, session.token) as window:
        window.stay(expect.idle_timeout_s + expect.cull_every_s + MARGIN_S)
        outlived = bool(sessions.left())
    return Watched(outlived, time.monotonic())


def test_an_open_window_is_activity(watched: Watched, expect: Expectations) -> None:
    """A session with an open window outlives the idle time, though nothing is done in it."""
    assert watched.outlived, f"a session with an open window was ended after {expect.idle_timeout_s} s"


def test_an_idle_session_ends(watched: Watched, sessions: Sessions, expect: Expectations) -> None:
    """Once the window is closed, the session is ended after the idle time, and not before."""
    limit = expect.idle_timeout_s + expect.cull_every_s + MARGIN_S
    ended = wait_for(lambda: not sessions.left(), limit)
    assert ended, f"{limit:.0f} s after its window was closed, the session is still there"
    lasted = time.monotonic() - watched.closed_at
    assert lasted >= expect.idle_timeout_s - expect.noticed_late_s, (
        f"{lasted:.0f} s after its window was closed the session has ended, {expect.idle_timeout_s} s were"
        " promised: does its repository bring settings for Jupyter?"
    )


def test_an_idle_session_leaves_nothing(watched: Watched, sessions: Sessions) -> None:
    """Nothing is left of the session that ended by itself."""
    sessions.leave_nothing()
