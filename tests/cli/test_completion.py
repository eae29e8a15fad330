"""What a shell is offered after Tab."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Cli = Callable[..., "CompletedProcess[str]"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("binder-singlenode ve", {"verify"}),
        ("binder-singlenode vm de", {"destroy"}),
        ("binder-singlenode verify --l", {"--launch"}),
        ("binder-singlenode vm list --pro", {"--provider"}),
    ],
)
def test_tab(cli: Cli, monkeypatch: pytest.MonkeyPatch, typed: str, offered: set[str]) -> None:
    monkeypatch.setenv("_BINDER_SINGLENODE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    assert set(cli().stdout.split()) == offered


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("binder-singlenode check l", {"lab", "lecture"}),
        ("binder-singlenode up v", {"vm"}),
        ("binder-singlenode logs lab h", {"hub"}),
        ("binder-singlenode vm list --provider q", {"qemu"}),
    ],
)
def test_tab_offers_hosts_components_and_providers(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str, offered: set[str]
) -> None:
    (tmp_path / "inventories").mkdir()
    for name in ("lab.yaml", "lecture.yml", "lab.lock.yaml", "list.txt", "other.yaml"):
        (tmp_path / "inventories" / name).touch()
    monkeypatch.setenv("_BINDER_SINGLENODE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    assert set(cli().stdout.split()) == offered


@pytest.mark.parametrize(
    ("shell", "begins"), [("zsh", "#compdef"), ("fish", "complete"), ("bash", "_binder")]
)
def test_the_completion_of_a_named_shell(cli: Cli, shell: str, begins: str) -> None:
    done = cli("--show-completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(begins)
