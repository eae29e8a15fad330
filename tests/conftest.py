"""Shared by all tests: nobody's state folders but the test's own."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from binder_singlenode import runlog

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """State and configuration of the person who runs the tests are never read nor written."""
    if request.node.get_closest_marker("e2e"):
        return  # end-to-end tests share one VM, whose state outlives a test
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))


@pytest.fixture(autouse=True)
def _own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A log that one test starts is not the next one's."""
    monkeypatch.setattr(runlog, "_paths", [])
    loggers = [logging.getLogger(name) for name in ("binder_singlenode", "pyinfra")]
    before = [(each.handlers[:], each.level, each.propagate) for each in loggers]
    yield
    for each, (handlers, level, propagate) in zip(loggers, before, strict=True):
        each.handlers[:], each.propagate = handlers, propagate
        each.setLevel(level)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Run the command line in a process of its own, as a person would."""

    def run(*arguments: str, timeout_s: float = 60, **options: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "binder_singlenode", *arguments],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "COLUMNS": "110", "NO_COLOR": "1"},
            cwd=options.pop("cwd", tmp_path),
            check=False,
        )

    return run


def pytest_configure() -> None:
    """A shell's background job ignores Ctrl-C, and so would all that the tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--k3s",
        choices=("testbed", "release"),
        default="testbed",
        help="what end-to-end tests provision: the test bed's bundle, or real releases from the internet",
    )
    parser.addoption(
        "--long", action="store_true", help="also the end-to-end tests that take long on an emulated VM"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Fast ones first: what takes a VM comes last."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is not None)
    for item in items:
        if item.get_closest_marker("long") and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="takes long on an emulated VM: --long"))
