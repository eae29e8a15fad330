"""The shell that the steps send, run by a real shell against stand-ins for the tools it calls."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode.layout import paths

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Tool = Callable[..., None]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder of stand-ins, first in the PATH; each call is noted in `calls`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A line for each call of a stand-in."""
    path = tmp_path / "calls"
    path.touch()
    return path


@pytest.fixture
def tool(tools: Path, calls: Path) -> Tool:
    """Make a stand-in from a few lines of shell."""

    def make(name: str, body: str = "") -> None:
        path = tools / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {calls}\n{body}\n')
        path.chmod(0o755)

    return make


@pytest.fixture
def run(tools: Path, tmp_path: Path) -> Run:
    """Run a script with our absolute paths moved into the test's folder."""
    root = tmp_path / "root"
    for folder in (paths.ETC, paths.INSTALLED, paths.STAGING):
        (root / folder.lstrip("/")).mkdir(parents=True)

    def run_script(script: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        """Exit code and output; never longer than half a minute."""
        for name in ("k3s", "helm"):
            script = script.replace(f"/usr/local/bin/{name}", str(tools / name))
        for prefix in (paths.ETC, paths.VAR):
            script = script.replace(prefix, f"{root}{prefix}")
        environment = {"PATH": f"{tools}:/usr/bin:/bin"}
        return subprocess.run(
            ["sh", "-c", script],
            input=text,
            capture_output=True,
            text=True,
            timeout=30,
            env=environment,
            check=False,
        )

    return run_script
