"""`vm save/reset/fork`, with a provider that only takes note."""

import dataclasses
import json
from pathlib import Path

import pytest

from binder_singlenode.cli import main
from binder_singlenode.provision import targets
from binder_singlenode.vm import Vm
from binder_singlenode.vm.local.provider import LocalVms

VM = Vm("lab", "uml", "127.0.0.1", 20001, "root", Path("/s/key"), ("ssh-ed25519 A",), 20002, "running")


@pytest.fixture(autouse=True)
def done(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was asked of the provider."""
    calls: list[tuple[str, ...]] = []

    def fork(self: LocalVms, name: str, tag: str, new: str, progress: object) -> Vm:
        calls.append(("fork", name, tag, new))
        return dataclasses.replace(VM, name=new)

    def reset(self: LocalVms, name: str, tag: str, progress: object) -> Vm:
        calls.append(("reset", name, tag))
        return VM

    monkeypatch.setattr(LocalVms, "save", lambda self, name, tag: calls.append(("save", name, tag)))
    monkeypatch.setattr(LocalVms, "reset", reset)
    monkeypatch.setattr(LocalVms, "fork", fork)
    monkeypatch.setattr(targets, "of_vm", lambda vm: calls.append(("host file", vm.name)))
    return calls


def test_save(done: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["vm", "save", "lab", "clean", "--json"]) == 0
    out, said = capsys.readouterr()
    assert json.loads(out) == {"name": "lab", "tag": "clean", "saved": True}
    assert "binder-singlenode vm reset lab clean" in said
    assert done == [("save", "lab", "clean")]


def test_reset_asks_first(done: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["vm", "reset", "lab", "clean"]) == 1
    assert "What was written since then is lost" in capsys.readouterr().err
    assert done == []
    assert main.run(["vm", "reset", "lab", "clean", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "running"
    assert done == [("reset", "lab", "clean")]


def test_a_fork_gets_a_host_file(done: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["vm", "fork", "lab", "clean", "other"]) == 0
    out, said = capsys.readouterr()
    assert out.split("\t")[:3] == ["other", "uml", "running"]
    assert "vm ssh other" in said
    assert done == [("fork", "lab", "clean", "other"), ("host file", "other")]


@pytest.mark.parametrize(
    "words", [["save", "lab", "a"], ["reset", "lab", "a", "-y"], ["fork", "lab", "a", "b"]]
)
def test_hetzner_has_none(
    words: list[str], done: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["vm", *words, "--provider", "hcloud"]) == 1
    assert "VMs at hcloud cannot be saved, reset or forked" in capsys.readouterr().err
    assert done == []
