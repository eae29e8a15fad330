"""Fixtures of the checks, and the line protocol that shows them live.

BINDER_CHECKS_FILE     JSON: {"expectations": {...}, "ssh_config": path, "sudo_password": text or null}
BINDER_CHECKS_EVENTS   number of an open pipe that gets one JSON object a line
"""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.binderhub import account
from binder_singlenode.errors import LaunchError
from binder_singlenode.health.checks import remote
from binder_singlenode.health.checks.sessions import Sessions
from binder_singlenode.health.expectations import Expectations


@pytest.fixture(scope="session")
def options() -> dict[str, Any]:
    """The file that health/verify.py wrote."""
    content: dict[str, Any] = json.loads(Path(os.environ["BINDER_CHECKS_FILE"]).read_text())
    return content


@pytest.fixture(scope="session")
def expect(options: dict[str, Any]) -> Expectations:
    """What must be true."""
    return Expectations.from_json(json.dumps(options["expectations"]))


@pytest.fixture(scope="session")
def host(options: dict[str, Any], expect: Expectations) -> Any:
    """The host, as root."""
    return remote.connect(
        options["ssh_config"],
        expect.sudo,
        options["sudo_password"],
        lambda command: tell(event="command", text=command),
    )


@pytest.fixture(scope="session")
def kubectl(host: Any) -> remote.Kubectl:
    """kubectl("get", "pods", ...) on the host -> its JSON."""

    def ask(*words: str) -> Any:
        quoted = " ".join(["%s"] * len(words))
        return json.loads(remote.output(host, f"k3s kubectl --request-timeout=30s {quoted}", *words))

    return ask


@pytest.fixture(scope="session")
def hub_token(host: Any, expect: Expectations) -> str | None:
    """A token of the hub's, where people sign in."""
    if not expect.sign_in:
        return None
    secret = remote.output(host, account.secret_script(expect.namespace))
    try:
        return account.token(expect.hub_url, secret)
    except LaunchError as error:
        raise AssertionError(f"{error}\nnext: {error.hint}") from None


@pytest.fixture(scope="session")
def sessions(
    expect: Expectations, kubectl: remote.Kubectl, host: Any, request: pytest.FixtureRequest
) -> Iterator[Sessions]:
    """The sessions of this run."""
    # Whoever launches nothing needs no account.
    token = request.getfixturevalue("hub_token") if expect.repo else None
    started = Sessions(expect, kubectl, host, token)
    yield started
    started.stop_all()


def title_of(item: pytest.Item) -> str:
    """What a person reads: the first line of the check's docstring, with the parameter behind it."""
    text = (getattr(item, "obj", None).__doc__ or item.name).strip().splitlines()[0].rstrip(".")
    callspec = getattr(item, "callspec", None)
    return f"{text}: {callspec.id}" if callspec else text


def pytest_configure() -> None:
    """health/verify.py ends a run with SIGINT, which the background jobs of a shell are born deaf to."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.user_properties.append(("title", title_of(item)))
    tell(event="collected", count=len(items))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    tell(event="started", title=title_of(item))
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """One line for each check: at its call, or earlier when its set-up failed or it was skipped."""
    if report.when == "call" or report.outcome != "passed":
        title = dict(report.user_properties).get("title", report.nodeid)
        tell(event="finished", title=title, outcome=report.outcome, seconds=round(report.duration, 3))


def tell(**event: Any) -> None:
    """Write one line to the pipe; nobody listening is no reason to fail a check."""
    number = os.environ.get("BINDER_CHECKS_EVENTS")
    if number:
        try:
            os.write(int(number), json.dumps(event).encode() + b"\n")
        except OSError:
            del os.environ["BINDER_CHECKS_EVENTS"]
