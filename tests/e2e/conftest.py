"""One VM for all end-to-end tests: booted once, provisioned once, destroyed at the end."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.vm.local import choice

from .helpers.bed import PROVISIONED, VM_TIMEOUT_S, Origin, Tool, emulated, launch, up
from .helpers.chapters import Chapters
from .helpers.group import group, grouped, pebble

__all__ = ["group", "grouped", "pebble"]


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """Say before each chapter how long it takes; a worker of pytest-xdist has no screen."""
    if not hasattr(config, "workerinput") and config.cache is not None:
        config.pluginmanager.register(Chapters(config.cache), "binder-chapters")


@pytest.fixture(autouse=True)
def _fits_an_emulated_cpu(request: pytest.FixtureRequest) -> None:
    """Ten times slower: without --long, only the tests with the mark `smoke` are worth their time."""
    if {"tool", "vm"} <= {*request.fixturenames} and not request.node.get_closest_marker("smoke"):
        request.getfixturevalue("fast_cpu")


@pytest.fixture(scope="session")
def fast_cpu(vm: dict[str, Any], request: pytest.FixtureRequest) -> None:
    """Skips where the CPU is emulated. Fixtures of wider scope ask for it themselves: pytest makes them
    before the check of each test."""
    if emulated(vm) and not request.config.getoption("--long"):
        why_not = choice.why_not_uml() or "--provider qemu was given"
        pytest.skip(f"the VM's CPU is emulated, as there is no user-mode Linux: {why_not}")


@pytest.fixture(scope="session")
def origin(request: pytest.FixtureRequest) -> Origin:
    """`--k3s release` takes the real releases from the internet, else the test bed's bundle feeds the VM."""
    if request.config.getoption("--k3s") == "release":
        return Origin(True, (), "https://github.com/binder-examples/requirements")
    bundle = os.environ.get("BINDER_TESTBED_BUNDLE")
    if not bundle:
        pytest.skip("BINDER_TESTBED_BUNDLE names no bundle: run ./dev test")
    return Origin(False, ("--bundle", bundle), "http://gitserver.binder:8080/in-binder-folder")


@pytest.fixture(scope="session")
def tool() -> Iterator[Tool]:
    """State folders with short paths (a unix socket's holds 107 bytes at most).

    BINDER_E2E_HOME names folders to keep, and with them the VM: for working on these tests.
    """
    kept = os.environ.get("BINDER_E2E_HOME")
    home = Path(kept or tempfile.mkdtemp(prefix="bs-", dir=tempfile.gettempdir()))
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(home / "s"),
        "XDG_CONFIG_HOME": str(home / "c"),
        "KUBECONFIG": str(home / "kubeconfig"),
        "COLUMNS": "110",
    }
    yield Tool(environment)
    if not kept:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def vm(tool: Tool, origin: Origin, request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """A bare VM; fed from a bundle, no packet leaves it."""
    provider = request.config.getoption("--provider")
    words = ("vm", "create", "e2e", "--provider", provider, "--memory", "6G", *origin.vm_options)
    made = tool.json(*words, timeout_s=VM_TIMEOUT_S)
    assert made["internet"] is origin.internet, "a VM that a bundle feeds must be cut off"
    yield made
    if "BINDER_E2E_HOME" not in os.environ:
        tool("vm", "destroy", "e2e", "--yes")


@pytest.fixture(scope="session")
def provisioned(tool: Tool, vm: dict[str, Any], origin: Origin) -> dict[str, Any]:
    """`up` on the bare VM, killed once on its way and run again; then its disk is saved."""
    if "BINDER_E2E_HOME" not in os.environ:  # a VM that is kept was provisioned before
        _killed_up(tool, origin)
    result = up(tool, origin)
    tool("vm", "save", "e2e", PROVISIONED)
    return result


def _killed_up(tool: Tool, origin: Origin) -> None:
    """Start `up`, and kill it without warning once it brings the first large file."""
    words = ["up", "e2e", "--yes", "--verbose", *origin.up_options]
    up = subprocess.Popen(
        [sys.executable, "-m", "binder_singlenode", *words],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=tool.environment,
    )
    assert up.stderr is not None
    for line in up.stderr:
        print(line, end="", file=sys.__stderr__)
        if "staging/k3s" in line:
            break
    up.kill()
    up.wait(timeout=30)


@pytest.fixture(scope="session")
def first_launch(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield launch(tool, origin.repository)
