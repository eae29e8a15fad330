"""`vm destroy`, with a provider that only takes note."""

import json
from types import SimpleNamespace

import pytest

from binder_singlenode import vm
from binder_singlenode.cli import main


@pytest.fixture
def destroyed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(
        vm, "provider", lambda name: SimpleNamespace(destroy=names.append, get=lambda name: name)
    )
    return names


def test_destroy_for_programs(destroyed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["vm", "destroy", "lab", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "lab", "provider": "auto", "destroyed": True}
    assert destroyed == ["lab"]


def test_destroy_for_people(destroyed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["vm", "destroy", "lab", "--yes"]) == 0
    assert capsys.readouterr() == ("", "the VM lab is gone\n")
