"""Fixtures of the checks, and the line protocol that reports their progress.

BINDER_CHECKS_FILE     JSON: {"expectations": {...}, "ssh_config": path, "sudo_password": text or null,
                       "shell": {...}}
BINDER_CHECKS_EVENTS   file descriptor of a pipe that gets one JSON object per line
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
from binder_singlenode.ssh.login_shell import LoginShell


@pytest.fixture(scope="session")
def options() -> dict[str, Any]:
    """Content of the file that health/verify.py wrote."""
    content: dict[str, Any] = json.loads(Path(os.environ["BINDER_CHECKS_FILE"]).read_text())
    return content


@pytest.fixture(scope="session")
def expect(options: dict[str, Any]) -> Expectations:
    """The expected state of the host."""
    return Expectations.from_json(json.dumps(options["expectations"]))


@pytest.fixture(scope="session")
def host(options: dict[str, Any], expect: Expectations) -> Any:
    """testinfra's host, with root rights."""
    return remote.connect(
        options["ssh_config"],
        expect.sudo,
        options["sudo_password"],
        lambda command: tell(event="command", text=command),
        LoginShell(**options["shell"]),
    )


@pytest.fixture(scope="session")
def kubectl(host: Any) -> remote.Kubectl:
    """A function: kubectl("get", "pods", ...) runs on the host and returns the parsed JSON."""

    def ask(*words: str) -> Any:
        quoted = " ".join(["%s"] * len(words))
        return json.loads(remote.output(host, f"k3s kubectl --request-timeout=30s {quoted}", *words))

    return ask


@pytest.fixture(scope="session")
def hub_token(host: Any, expect: Expectations) -> str | None:
    """A token of the hub; None without sign-in."""
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
    """The sessions that this run starts, stopped at its end."""
    # Without a launch no account is needed.
    token = request.getfixturevalue("hub_token") if expect.repo else None
    started = Sessions(expect, kubectl, host, token)
    yield started
    started.stop_all()


def title_of(item: pytest.Item) -> str:
    """The check's title for people: the first line of its docstring, then its parameter."""
    text = (getattr(item, "obj", None).__doc__ or item.name).strip().splitlines()[0].rstrip(".")
    callspec = getattr(item, "callspec", None)
    return f"{text}: {callspec.id}" if callspec else text


def pytest_configure() -> None:
    """Handle SIGINT, which health/verify.py sends to end a run: a shell's background jobs ignore it."""
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
    """Report each check after its call, or when its setup or teardown failed or it was skipped."""
    if report.when == "call" or report.outcome != "passed":
        title = dict(report.user_properties).get("title", report.nodeid)
        tell(event="finished", title=title, outcome=report.outcome, seconds=round(report.duration, 3))


def tell(**event: Any) -> None:
    """Write one line to the pipe. A closed pipe must not fail a check."""
    number = os.environ.get("BINDER_CHECKS_EVENTS")
    if number:
        try:
            os.write(int(number), json.dumps(event).encode() + b"\n")
        except OSError:
            del os.environ["BINDER_CHECKS_EVENTS"]
