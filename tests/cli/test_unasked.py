"""`up` and `down` in a pipe, unasked: an expected failure that names --yes; nothing is touched."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_singlenode.cli import main
from binder_singlenode.layout import paths
from binder_singlenode.provision import run_lock, workflow
from binder_singlenode.provision.events import Plan, PlannedOperation
from binder_singlenode.ssh.session import Session


class Untouchable:
    """A connection that looks and plans, and must not change anything."""

    def remains(self, *, keep_data: bool) -> tuple[dict[str, list[str]], list[str]]:
        return {"paths": ["/etc/binder-singlenode"]}, [paths.REGISTRY_DATA] if keep_data else []

    def plan_removal(self, host: object, *, keep_data: bool) -> None:
        pytest.fail("nobody said yes")

    def plan(self, context: object) -> Plan:
        return Plan([PlannedOperation("k3s", "Install k3s", True)])

    def apply(self, progress: object) -> None:
        pytest.fail("nobody said yes")


@pytest.fixture
def host_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host that is connected with, and no terminal to ask on."""

    @contextmanager
    def opened(target: Any, asking: Any) -> Iterator[workflow.Opened]:
        untouchable: Any = Untouchable()
        yield workflow.Opened(target, Session(target.host), untouchable)

    @contextmanager
    def locked(*_: Any) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace()

    monkeypatch.setattr(workflow, "opened", opened)
    monkeypatch.setattr(run_lock, "locked", locked)
    monkeypatch.setattr(workflow, "prepared", lambda *_: SimpleNamespace())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
    path = tmp_path / "lab.yaml"
    path.write_text("address: 192.0.2.7\n")
    return path


def test_down_removes_nothing(host_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["down", str(host_file)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "To be removed from lab:\n  /etc/binder-singlenode" in said.err
    assert said.err.endswith(
        "Remove all this? There is no terminal to ask on: add --yes.\nNothing was removed.\n"
    )


def test_what_a_removal_keeps_is_told(host_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["down", str(host_file), "--keep-data"]) == 1
    assert f"  stays: {paths.REGISTRY_DATA}\n" in capsys.readouterr().err


@pytest.fixture
def kubeconfig_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's own, which `kubeconfig lab` has been used with; nothing is left on the host."""
    monkeypatch.setattr(Untouchable, "remains", lambda *_, **__: ({}, []))
    path = tmp_path / "kubeconfig"
    path.write_text("contexts:\n- name: work\n- name: binder-lab\n")
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


def test_a_host_without_anything_is_forgotten_here_too(
    host_file: Path, kubeconfig_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["down", str(host_file)]) == 0
    assert f"{kubeconfig_file}: without the context binder-lab now" in capsys.readouterr().err
    assert kubeconfig_file.read_text().startswith("contexts:\n- name: work\n")
    assert "binder-lab" not in kubeconfig_file.read_text()


def test_a_host_whose_cluster_is_kept_is_not_forgotten(host_file: Path, kubeconfig_file: Path) -> None:
    assert main.run(["down", str(host_file), "--keep-data"]) == 0
    assert "binder-lab" in kubeconfig_file.read_text()


def test_up_applies_nothing(host_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["up", str(host_file)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Install k3s" in said.err
    assert said.err.endswith(
        "Apply to lab? There is no terminal to ask on: add --yes.\nNothing was changed.\n"
    )
