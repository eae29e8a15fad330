"""`down` says what it has found, and touches neither a bare machine nor somebody else's."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from binder_singlenode import config
from binder_singlenode.cli.commands.down import down
from binder_singlenode.errors import PreflightError
from binder_singlenode.preflight import facts, judge, script
from binder_singlenode.provision import run_lock, targets, workflow
from binder_singlenode.provision.events import Result
from binder_singlenode.provision.targets import Target
from binder_singlenode.ssh.session import Session

HOST = config.loads("apiVersion: binder/v1\naddress: 192.0.2.7\n", "lab.yaml")
FOUND = {"units": ["k3s.service"], "paths": ["/var/lib/rancher"]}


class Machine:
    """What a machine has, and whether it was touched."""

    def __init__(self, found: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
        self.found = found
        self.touched: list[str] = []

        @contextmanager
        def locked(*_: object) -> Iterator[None]:
            self.touched.append("locked")
            yield

        work = SimpleNamespace(
            target=Target("lab", HOST, Path("lab.yaml")), connection=self, session=Session(HOST)
        )
        monkeypatch.setattr(targets, "resolve", lambda text: work.target)
        monkeypatch.setattr(workflow, "opened", lambda target, asking: nullcontext(work))
        monkeypatch.setattr(run_lock, "locked", locked)

    def remains(self, *, keep_data: bool) -> tuple[dict[str, list[str]], list[str]]:
        return self.found, ["/var/lib/kept"] if keep_data else []

    def plan_removal(self, host: object, *, keep_data: bool) -> None:
        self.touched.append("planned")

    def apply(self, progress: Any) -> Result:
        self.touched.append("applied")
        return Result(2, 5, 1.0, ("down: x", "down: y"))


def test_a_bare_machine_is_not_touched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine({}, monkeypatch)
    down("lab", yes=True)
    assert machine.touched == []
    told = capsys.readouterr()
    assert (told.out, told.err) == ("lab: 0 removals\n", "Nothing of binder-singlenode is on lab.\n")


def test_what_was_found_is_said_before_the_question(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(FOUND, monkeypatch)
    with pytest.raises(typer.Exit):
        down("lab")  # there is no terminal to ask on
    assert machine.touched == []
    assert "To be removed from lab:\n  service k3s.service\n  /var/lib/rancher\n" in capsys.readouterr().err


def test_what_keep_data_keeps_is_said_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Machine(FOUND, monkeypatch)
    down("lab", keep_data=True, yes=True)
    assert "  /var/lib/rancher\n  stays: /var/lib/kept\n" in capsys.readouterr().err


@pytest.mark.parametrize(("found", "changed"), [(FOUND, 2), ({}, 0)])
def test_json_tells_the_same(
    found: dict[str, list[str]],
    changed: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Machine(found, monkeypatch)
    down("lab", yes=True, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["host"], told["found"], told["changed"]) == ("lab", found, changed)


@pytest.mark.parametrize(
    ("unit", "means"), [("k3s", "k3s-uninstall.sh"), ("kubelet", "disable --now kubelet")]
)
def test_somebody_elses_kubernetes_is_refused(unit: str, means: str) -> None:
    with pytest.raises(PreflightError, match=f"192.0.2.7: {unit} is installed, but not by") as refused:
        judge.raise_if_foreign(facts.parse(f"kubernetes\t{unit}\n", 0), HOST)
    assert means in (refused.value.hint or "")
    assert refused.value.exit_code == 1


def test_our_own_kubernetes_and_none_are_not_refused() -> None:
    for told in ("ours\tk3s\n", ""):
        judge.raise_if_foreign(facts.parse(told, 0), HOST)


def asked(folder: Path, unit_file: Path) -> facts.Facts:
    """The preflight's questions, on a machine whose systemd knows this file for k3s."""
    tool = folder / "systemctl"
    tool.write_text(f'#!/bin/sh\ncase "$*" in *FragmentPath*" k3s.service") echo {unit_file} ;; esac\n')
    tool.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", script.script(())],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PATH": f"{folder}:/usr/sbin:/usr/bin:/bin"},
    )
    return facts.parse(done.stdout, 0)


def test_a_unit_whose_file_is_gone_is_nobodys(tmp_path: Path) -> None:
    """A `down` that was killed leaves it in systemd's memory, and must be able to go on."""
    unit_file = tmp_path / "k3s.service"
    assert asked(tmp_path, unit_file).all("kubernetes") == []
    unit_file.write_text("[Service]\nExecStart=/usr/local/bin/k3s server\n")
    assert asked(tmp_path, unit_file).all("kubernetes") == ["k3s"]
