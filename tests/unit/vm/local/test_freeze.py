"""A guest's file system is held still for as long as a block lasts; ssh is a script."""

import os
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Vm
from binder_singlenode.vm.local.freeze import frozen

VM = Vm("demo", "uml", "127.0.0.1", 20001, "root", Path("/s/key"), ("ssh-ed25519 A",), 20002, "running")


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The calls of fsfreeze in the guest, one a line."""
    told, folder = tmp_path / "calls", tmp_path / "bin"
    folder.mkdir()
    told.touch()
    # The last word of ssh's command line is the command in the guest.
    program(folder / "ssh", 'for word; do :; done\nsh -c "$word"')
    program(folder / "fsfreeze", f'echo "$1" >>{told}')
    program(folder / "sync", "")
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return told


def program(file: Path, text: str) -> None:
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def test_frozen_within_the_block_and_not_after_it(calls: Path) -> None:
    with frozen(VM):
        assert calls.read_text() == "-f\n"
    assert calls.read_text() == "-f\n-u\n"


def test_a_block_that_fails_does_not_leave_it_frozen(calls: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "thawed"
    os.mkfifo(pipe)
    program(tmp_path / "bin/fsfreeze", f'[ "$1" = -f ] || echo thawed >{pipe}')
    with pytest.raises(VmError, match="no space"), frozen(VM):
        raise VmError("no space")
    assert pipe.read_text() == "thawed\n"


def test_a_guest_that_refuses(calls: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin/fsfreeze", "echo 'freeze failed: Operation not supported' >&2; exit 1")
    with pytest.raises(VmError, match=r"could not be frozen: .*not supported"), frozen(VM):
        pytest.fail("it is not frozen")


def test_a_connection_that_is_lost_meanwhile(calls: Path, tmp_path: Path) -> None:
    """The guest goes on by itself then, and the copy may hold halves."""
    program(tmp_path / "bin/ssh", "echo frozen; exit 255")
    with pytest.raises(VmError, match="the copy may not be whole") as caught, frozen(VM):
        pass
    assert caught.value.hint == "save it again"
