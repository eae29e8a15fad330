"""What a session must not reach: the cell that tries it is run for real, against ports of this computer."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from binder_singlenode.binderhub.jupyter_kernel import Outcome
from binder_singlenode.health.checks import reach, test_binder

NODE: dict[str, Any] = {
    "metadata": {"name": "binder", "labels": {"kubernetes.io/os": "linux"}},
    "status": {
        "addresses": [
            {"type": "Hostname", "address": "binder"},
            {"type": "InternalIP", "address": "10.0.0.5"},
        ]
    },
}
SERVICE = {"spec": {"clusterIP": "10.43.0.1"}}


class Cell:
    """A kernel of this computer's Python; the hub that its session may reach is `hub`."""

    def __init__(self, hub: str) -> None:
        self.hub, self.ran = hub, 0

    def run(self, code: str, timeout_s: float) -> Outcome:
        self.ran += 1
        environment = {"JUPYTERHUB_API_URL": self.hub}
        words = [sys.executable, "-c", code]
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False
        )
        return Outcome(done.stdout, False, done.stderr.strip().rpartition("\n")[2])


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """One of this computer that takes connections, and one that does not."""
    with socket.create_server(("127.0.0.1", 0)) as open_one, socket.socket() as closed_one:
        closed_one.bind(("127.0.0.1", 0))
        yield open_one.getsockname()[1], closed_one.getsockname()[1]


def kubectl(*words: str) -> Any:
    return NODE if words[:2] == ("get", "node") else SERVICE


def expect(store: str = "registry") -> Any:
    return SimpleNamespace(store=store, registry_url="http://10.43.0.50:5000", node_name="binder")


def test_what_is_tried() -> None:
    inside = {
        "the Kubernetes API": ("10.43.0.1", 443),
        "the node's kubelet": ("10.0.0.5", 10250),
        "the cloud's metadata": ("169.254.169.254", 80),
    }
    assert reach.places(expect("shared"), NODE, kubectl) == inside
    assert reach.places(expect(), NODE, kubectl) == {**inside, "the registry": ("10.43.0.50", 5000)}


def test_what_answers_is_named(ports: tuple[int, int]) -> None:
    there, closed = ports
    cell: Any = Cell(f"http://127.0.0.1:{there}/jupyter/hub/api")
    targets = {"the registry": ("127.0.0.1", there), "the cloud's metadata": ("127.0.0.1", closed)}
    assert reach.reached(cell, targets, 60) == ["the registry", "the hub"]


def test_a_cell_that_fails_is_told() -> None:
    cell: Any = SimpleNamespace(
        run=lambda code, limit_s: Outcome("", False, "KeyError: 'JUPYTERHUB_API_URL'")
    )
    with pytest.raises(AssertionError, match="the session's kernel says: KeyError: 'JUPYTERHUB_API_URL'"):
        reach.reached(cell, {}, 60)


def check(monkeypatch: pytest.MonkeyPatch, answers: list[list[str]]) -> Any:
    """Run the check; the cell names these, one after the other, and the last ones again and again."""
    ran: list[str] = []

    def run(code: str, limit_s: float) -> Outcome:
        ran.append(code)
        return Outcome(json.dumps(answers[min(len(ran), len(answers)) - 1]), False, "")

    @contextmanager
    def opened(url: str, token: str) -> Iterator[Any]:
        yield SimpleNamespace(run=run)

    monkeypatch.setattr(test_binder.jupyter_kernel, "opened", opened)
    monkeypatch.setattr(reach, "ENFORCED_S", 1.0)
    session = SimpleNamespace(url="http://h/user/x/", token="t")
    sessions: Any = SimpleNamespace(first=lambda: session, python=lambda session: None)
    test_binder.test_session_reaches_nothing_inside(sessions, kubectl, expect())
    return ran


@pytest.mark.parametrize("first", [["the registry", "the hub"], []])
def test_policies_may_come_a_moment_after_the_pod(first: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(check(monkeypatch, [first, ["the hub"]])) == 2


def test_policies_that_do_not_come_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="the session reaches the registry and the node's kubelet: see"):
        check(monkeypatch, [["the registry", "the node's kubelet", "the hub"]])


def test_a_session_that_reaches_nothing_at_all_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="does not even reach the hub"):
        check(monkeypatch, [[]])
