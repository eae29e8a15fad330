"""The k3s stand-in's own tests, which are in Go beside its sources.

Only the packages that do not hold Kubernetes: compiling that takes ten minutes where nothing is cached, and
build.py does it before the end-to-end tests.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENVIRONMENT = {
    **os.environ,
    "CGO_ENABLED": "0",
    "GOFLAGS": "-buildvcs=false -trimpath",
}  # as build.py: one cache

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed"),
]


def go(folder: str, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of Go's in one of the modules."""
    return subprocess.run(
        ["nice", "-n", "5", *command], cwd=HERE / folder, env=ENVIRONMENT, capture_output=True, text=True
    )


@pytest.mark.parametrize("verb", ["vet", "test"])
@pytest.mark.parametrize(
    ("module", "package"), [("k3s", "./settings"), ("wrapper", "."), ("images/pause", ".")]
)
def test_go_is_content(module: str, package: str, verb: str) -> None:
    done = go(module, "go", verb, package)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", ["k3s", "kine", "wrapper", "images"])
def test_sources_are_formatted(module: str) -> None:
    done = go(module, "gofmt", "-l", ".")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
