"""`up` and `down` in a pipe, unasked: an expected failure that names --yes; nothing is touched."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_singlenode import config, edge, journal, ssh, workflow
from binder_singlenode.commands import up as up_command
from binder_singlenode.events import Plan, PlannedOperation

SSH = """#!/bin/sh
case "$*" in
    *"-G "*) exit 0 ;;
    *" -O "*) exit 0 ;;
esac
echo "$*" >>{folder}/ran
"""


@pytest.fixture
def host_file(tmp_path: Path) -> Path:
    """A known host, where root logs in."""
    path = tmp_path / "lab.yaml"
    path.write_text("address: 192.0.2.7\n")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    ssh.trust(config.load(path), (tmp_path / "key.pub").read_text())
    return path


def test_down_runs_nothing(
    cli: "Callable[..., subprocess.CompletedProcess[str]]",
    host_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "ssh").write_text(SSH.format(folder=tmp_path))
    (programs / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    done = cli("down", str(host_file), timeout_s=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert "To be removed from lab:" in done.stderr
    assert done.stderr.endswith(
        "Remove all this? There is no terminal to ask on: add --yes.\nNothing was removed.\n"
    )
    assert not (tmp_path / "ran").exists()


class Untouchable:
    """A connection that shows a plan, and must not carry it out."""

    def plan(self, context: object) -> Plan:
        return Plan([PlannedOperation("k3s", "Install k3s", True)])

    def apply(self, progress: object) -> None:
        pytest.fail("nobody said yes")


def test_up_applies_nothing(
    host_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def opened(target: Any, asking: Any) -> Iterator[workflow.Opened]:
        untouchable: Any = Untouchable()
        yield workflow.Opened(target, untouchable, None)

    @contextmanager
    def locked(*_: Any) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace()

    monkeypatch.setattr(workflow, "opened", opened)
    monkeypatch.setattr(journal, "locked", locked)
    monkeypatch.setattr(up_command, "prepared", lambda *_: SimpleNamespace())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
    assert edge.run(["up", str(host_file)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Install k3s" in said.err
    assert said.err.endswith(
        "Apply to lab? There is no terminal to ask on: add --yes.\nNothing was changed.\n"
    )
