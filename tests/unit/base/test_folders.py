"""The program's own folders: where they are, and that nobody else can look into them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode.base import folders
from binder_singlenode.errors import ConfigError

FOLDERS = [
    (folders.state_dir, "XDG_STATE_HOME", ".local/state"),
    (folders.cache_dir, "XDG_CACHE_HOME", ".cache"),
    (folders.config_dir, "XDG_CONFIG_HOME", ".config"),
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, and none of the XDG variables."""
    for _, variable, _ in FOLDERS:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("folder", "variable", "default"), FOLDERS)
def test_the_variable_wins_over_the_default(
    folder: Callable[[], Path], variable: str, default: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folder() == home / default / "binder-singlenode"
    monkeypatch.setenv(variable, str(home / "elsewhere"))
    assert folder() == home / "elsewhere" / "binder-singlenode"


def test_a_relative_variable_is_ignored_as_the_specification_says(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert folders.state_dir() == home / ".local/state/binder-singlenode"


@pytest.mark.parametrize(("folder", "variable", "default"), FOLDERS)
def test_folders_are_private_whatever_the_umask_and_whatever_they_were(
    folder: Callable[[], Path], variable: str, default: str
) -> None:
    before = os.umask(0)
    try:
        assert folder().stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)
    folder().chmod(0o755)
    assert folder().stat().st_mode & 0o777 == 0o700


def test_the_config_folder_can_be_named_without_being_made(home: Path) -> None:
    assert not folders.config_dir(create=False).exists()


def test_a_file_in_the_way_is_said(home: Path) -> None:
    (home / ".cache").write_text("")
    with pytest.raises(ConfigError, match="cannot use this folder") as caught:
        folders.cache_dir()
    assert caught.value.where == str(home / ".cache/binder-singlenode")
    assert caught.value.hint


def test_another_users_folder_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders.state_dir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ConfigError, match=r"belongs to another user \(uid \d+\)"):
        folders.state_dir()


def test_no_home_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(ConfigError, match="no home folder") as caught:
        folders.state_dir()
    assert caught.value.hint == "set HOME, or XDG_STATE_HOME to an absolute path"
