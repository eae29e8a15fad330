"""sudo: the password goes to sudo alone, and never onto a command line."""

import subprocess
from pathlib import Path

import pytest

from binder_singlenode import config, ssh
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import sudo

SUDO = """#!/bin/sh
# Behaves as sudo with -n, or with -k -S -p '': reads one line, compares, runs.
if [ "$1" = -n ]; then
    [ -z "$NEEDS" ] || { echo "sudo: a password is required" >&2; exit 1; }
    shift 2
    exec "$@"
fi
[ "$1 $2 $3" = "-k -S -p" ] || { echo "unexpected: $*" >&2; exit 9; }
IFS= read -r password
[ "$password" = "pass word" ] || { echo "sudo: 1 incorrect password attempt" >&2; exit 1; }
shift 5
exec "$@"
"""


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host whose user is not root; its commands run here, with a sudo of ours."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sudo").write_text(SUDO)
    (folder / "sudo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def run(
        host: Host, command: str, input: str | None = None, **_: object
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "-c", command], input=input or "", capture_output=True, text=True, check=False
        )

    monkeypatch.setattr(ssh, "run", run)
    return config.loads("apiVersion: binder/v1\naddress: 192.0.2.1\nssh: {user: debian}\n", "h.yaml")


def test_root_needs_no_sudo(debian: Host) -> None:
    root = config.loads("apiVersion: binder/v1\naddress: 192.0.2.1\n", "h.yaml")
    assert not sudo.needs_password(root)
    assert sudo.as_root(root, "id") == ("sh -c id", "")


def test_no_password_is_asked_for_or_sent_without_need(debian: Host) -> None:
    assert not sudo.needs_password(debian)
    assert sudo.checked_password(debian, "typed anyway") is None


def test_the_right_password(debian: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDS", "1")
    assert sudo.needs_password(debian)
    assert sudo.checked_password(debian, "pass word") == "pass word"
    command, first = sudo.as_root(debian, "cat", "pass word")
    assert "pass word" not in command
    assert ssh.run(debian, command, input=f"{first}only this\n").stdout == "only this\n"


def test_a_wrong_password(debian: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDS", "1")
    with pytest.raises(ConnectError, match="sudo refuses: sudo: 1 incorrect password attempt"):
        sudo.checked_password(debian, "wrong")


def test_no_password_where_one_is_needed(debian: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDS", "1")
    with pytest.raises(ConnectError, match="asks for the password of debian") as caught:
        sudo.checked_password(debian, None)
    assert caught.value.hint


def test_no_sudo_at_all(debian: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(ConnectError, match="not root, and there is no sudo"):
        sudo.needs_password(debian)
