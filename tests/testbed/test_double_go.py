"""The double's own tests, which are in Go beside its sources."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

DOUBLE = Path(__file__).parent / "binderhub"

pytestmark = [
    pytest.mark.timeout(1200),  # the first time, its libraries are compiled
    pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed"),
]

Go = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def go() -> Go:
    """Run a command beside the sources, with the environment from before the tests got folders of their own:
    Go's cache of compiled packages is in one of those."""
    environment = dict(os.environ)

    def run(*command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["nice", "-n", "5", *command],
            cwd=DOUBLE,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize("verb", ["vet", "test"])
def test_go_is_content(go: Go, verb: str) -> None:
    done = go("go", verb, "./...")
    assert done.returncode == 0, done.stdout + done.stderr


def test_sources_are_formatted(go: Go) -> None:
    done = go("gofmt", "-l", ".")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
