"""A hint that names a command can be typed as it is: the same command, the same host."""

import shlex
from pathlib import Path

import pytest

from binder_singlenode import config
from binder_singlenode.base import folders, invocation
from binder_singlenode.cli import app, main
from binder_singlenode.errors import StepError
from binder_singlenode.provision import run as recipes
from binder_singlenode.provision.connector import Execution
from binder_singlenode.provision.run import Recipe
from binder_singlenode.ssh.session import Session

TEXT = "apiVersion: binder/v1\naddress: 192.0.2.7\n"


@pytest.fixture(autouse=True)
def _own_inventories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inventories").mkdir()


def written(path: Path) -> config.Host:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEXT)
    return config.load(path)


def test_a_host_of_the_inventories_is_called_by_its_name(tmp_path: Path) -> None:
    host = written(tmp_path / "inventories" / "lab.yaml")
    assert config.argument(host) == "lab"
    assert config.find("lab", config.inventories_dir()).resolve() == host.file


def test_a_throwaway_vm_is_called_by_its_name() -> None:
    assert config.argument(written(folders.vm_hosts_dir() / "vm.yaml")) == "vm"


def test_a_host_file_elsewhere_is_called_by_its_path(tmp_path: Path) -> None:
    host = written(tmp_path / "other place" / "lab.yaml")
    [word] = shlex.split(config.argument(host))
    assert config.find(word, config.inventories_dir()) == host.file


def failed(monkeypatch: pytest.MonkeyPatch, host: config.Host, *, removal: bool = False) -> str:
    """The hint of a step that fails."""
    monkeypatch.setattr(recipes, "new_state", lambda execution: _State())
    monkeypatch.setattr(Recipe, "prepare", lambda self, steps: None)
    monkeypatch.setattr(recipes.waiting, "questions", lambda context: {})
    execution = Execution(Session(host))
    walk = (
        Recipe.of_removal(execution, host, keep_data=False) if removal else Recipe.of_steps(execution, None)  # type: ignore[arg-type]
    )
    error = walk.failed("apply", recipes.PyinfraError("no"), None)
    assert isinstance(error, StepError) and error.hint
    return error.hint


class _State:
    inventory = ("host",)
    pool = None


def test_a_failed_step_names_the_command_as_it_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = ["up", "hosts/lab.yaml", "--bundle", "my bundle", "--yes"]
    with invocation.begun(typed):
        hint = failed(monkeypatch, written(tmp_path / "hosts" / "lab.yaml"))
    assert hint == "binder-singlenode up hosts/lab.yaml --bundle 'my bundle' --yes   (it continues from here)"
    assert shlex.split(hint)[1 : len(typed) + 1] == typed


@pytest.mark.parametrize("removal", [False, True])
def test_a_program_that_uses_the_package_is_told_a_command_that_finds_the_host(
    removal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hosts" / "lab.yaml"
    verb = "down" if removal else "up"
    assert failed(monkeypatch, written(path), removal=removal).startswith(f"binder-singlenode {verb} {path} ")


def test_a_run_knows_what_was_typed_and_forgets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known: list[str] = []
    monkeypatch.setattr(app, "app", lambda **_: known.append(invocation.again("")))
    assert main.run(["schema"]) == 0
    assert known == ["binder-singlenode schema"]
    assert invocation.again("up lab") == "up lab"
