"""Programs of this computer: found, installed when root, or named with the command to type."""

import os
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import programs


def test_what_is_there_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "present", lambda package: True)
    programs.require(["mmdebstrap"], lambda line: pytest.fail(line))


def test_people_who_are_not_root_are_told_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "present", lambda package: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(VmError, match=r"not installed here: mmdebstrap, mkfs\.ext4") as caught:
        programs.require(["mmdebstrap", "e2fsprogs"], print)
    assert caught.value.hint == "sudo apt-get install mmdebstrap e2fsprogs"


def test_root_gets_it_installed_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    commands: list[list[str]] = []

    def run(argv: list[str], what: str, **_: object) -> str:
        commands.append(argv)
        installed.extend(argv[4:] if "install" in argv else [])
        return ""

    monkeypatch.setattr(programs, "present", lambda package: package in installed)
    monkeypatch.setattr(programs, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(programs, "run", run)
    talk: list[str] = []
    programs.require(["mmdebstrap"], talk.append)
    assert talk == ["installing on this computer: mmdebstrap (apt-get)"]
    assert commands[1] == ["apt-get", "-qy", "--no-install-recommends", "install", "mmdebstrap"]


def test_root_without_apt_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "which", lambda program: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(VmError, match="not installed here: mmdebstrap"):
        programs.require(["mmdebstrap"], print)


def test_a_file_can_be_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PACKAGES", {"keyring": f"{tmp_path}/keyring.*"})
    assert not programs.present("keyring")
    (tmp_path / "keyring.gpg").touch()
    assert programs.present("keyring")


def test_a_failing_program_is_quoted() -> None:
    with pytest.raises(VmError, match=r"(?s)trying: .*ended with 3\n    first\n    last"):
        programs.run(["sh", "-c", "echo first >&2; echo last >&2; exit 3"], "trying")


def test_a_missing_program_is_named() -> None:
    with pytest.raises(VmError, match="trying: no-such-program could not be started: No such file"):
        programs.run(["no-such-program"], "trying")


def test_an_endless_program_is_ended() -> None:
    with pytest.raises(VmError, match="trying: sleep did not end within 0 s"):
        programs.run(["sleep", "60"], "trying", timeout_s=0.2)
