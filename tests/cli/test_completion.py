"""What a shell is offered after Tab."""

from collections.abc import Callable
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
