"""Shared by all tests: nobody's state folders but the test's own."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.base import invocation

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
def _own_run() -> Iterator[None]:
    """What one test makes known (secrets, a log, open connections) is not known to the next."""
    with invocation.begun():
        yield


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
        "--long",
        action="store_true",
        help="also the end-to-end tests that take long",
    )
    parser.addoption(
        "--provider",
        choices=("auto", "uml", "qemu"),
        default="auto",
        help="what runs the VM of the end-to-end tests",
    )
    parser.addoption("--half", choices=("fast", "e2e"), help="only the end-to-end tests, or only the others")
    parser.addoption(
        "--tally", type=Path, help="write to this file how many tests passed, failed, were skipped, and why"
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Fast ones first, in random order; then what takes a VM, one after the other as the files have them."""
    e2e = [item for item in items if item.get_closest_marker("e2e")]
    for item in e2e:
        item.add_marker(pytest.mark.xdist_group("e2e"))
        if item.get_closest_marker("long") and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="takes long: --long"))  # before any fixture is made
    yield
    selected = set(items)
    halves = {
        "fast": [item for item in items if not item.get_closest_marker("e2e")],
        "e2e": [item for item in e2e if item in selected],
    }
    wanted = config.getoption("--half")
    config.hook.pytest_deselected(
        items=[item for half in halves if wanted not in (None, half) for item in halves[half]]
    )
    items[:] = [item for half in halves if wanted in (None, half) for item in halves[half]]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The figures of pytest's closing line, and why tests were skipped, for a program (run.py)."""
    if path := config.getoption("--tally"):
        kinds = {
            "passed": ("passed", "xpassed"),
            "failed": ("failed", "error"),
            "skipped": ("skipped", "xfailed"),
        }
        stats = terminalreporter.stats
        counts = {name: sum(len(stats.get(k, ())) for k in of) for name, of in kinds.items()}
        reasons = Counter(_reason(report) for report in stats.get("skipped", ()))
        path.write_text(json.dumps({"counts": counts, "left_out": reasons}))


def _reason(skipped: pytest.TestReport) -> str:
    """Of (file, line, "Skipped: why")."""
    told = skipped.longrepr[2] if isinstance(skipped.longrepr, tuple) else str(skipped.longrepr)
    return told.removeprefix("Skipped: ")
