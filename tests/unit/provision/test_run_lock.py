"""The lock and the audit log, on a real shell through a real sshd, in a folder of the test's."""

import json
import os
import socket
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from binder_singlenode import ssh
from binder_singlenode.errors import ConfigError, ConnectError, LockedError
from binder_singlenode.provision import run_lock
from binder_singlenode.provision.run_lock import Holder
from binder_singlenode.ssh.session import Session


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the host keeps lock and log."""
    folder = tmp_path / "host"
    monkeypatch.setattr(run_lock, "VAR", str(folder))
    monkeypatch.setattr(run_lock, "LOCK", str(folder / "lock"))
    monkeypatch.setattr(run_lock, "AUDIT_LOG", str(folder / "log" / "audit.log"))
    return folder


def hold(place: Path, **changes: object) -> Holder:
    """A lock that somebody else holds."""
    holder = replace(Holder.this_run("up"), **{"computer": "elsewhere", "who": "alice", **changes})  # type: ignore[arg-type]
    (place / "lock").mkdir(parents=True)
    (place / "lock" / "holder").write_text(json.dumps(asdict(holder)) + "\n")
    return holder


def test_the_lock_says_who_and_is_given_back(trusted, place: Path) -> None:  # type: ignore[no-untyped-def]
    with run_lock.locked(Session(trusted), "up vm"):
        told = Holder.parse((place / "lock" / "holder").read_text())
        assert told is not None
        assert (told.why, told.pid, told.computer) == ("up vm", os.getpid(), socket.gethostname())
    assert not (place / "lock").exists()


def test_the_audit_log_has_both_ends(trusted, place: Path) -> None:  # type: ignore[no-untyped-def]
    with run_lock.locked(Session(trusted), "up\nvm") as log:
        log.note("changed=3")
    with pytest.raises(ConfigError), run_lock.locked(Session(trusted), "down vm"):
        raise ConfigError("no")
    path = place / "log" / "audit.log"
    ends = [line.split(" ", 2)[2] for line in path.read_text().splitlines()]
    assert ends == [
        "up vm: started",
        "up vm: succeeded changed=3",
        "down vm: started",
        "down vm: failed: ConfigError",
    ]
    assert path.stat().st_mode & 0o777 == 0o640


def test_another_run_is_named_with_the_way_out(trusted, place: Path) -> None:  # type: ignore[no-untyped-def]
    hold(place)
    with pytest.raises(LockedError) as caught, run_lock.locked(Session(trusted), "up"):
        pytest.fail("the lock was taken twice")
    assert "alice on elsewhere" in str(caught.value)
    assert f"rm -r {place}/lock" in (caught.value.hint or "")
    assert (place / "lock").exists()


def test_a_dead_run_of_this_computer_is_taken_over(trusted, place: Path) -> None:  # type: ignore[no-untyped-def]
    hold(place, computer=socket.gethostname(), started="long ago")
    with run_lock.locked(Session(trusted), "up"):
        pass
    assert not (place / "lock").exists()


def test_a_live_run_of_this_computer_is_not(trusted, place: Path) -> None:  # type: ignore[no-untyped-def]
    hold(place, computer=socket.gethostname())
    with pytest.raises(LockedError), run_lock.locked(Session(trusted), "up"):
        pass


def test_a_lock_that_does_not_say_who(trusted, place: Path) -> None:  # type: ignore[no-untyped-def]
    (place / "lock").mkdir(parents=True)
    with pytest.raises(LockedError, match="does not say who"), run_lock.locked(Session(trusted), "up"):
        pass


def test_only_ones_own_lock_is_removed(trusted, place: Path) -> None:  # type: ignore[no-untyped-def]
    with run_lock.locked(Session(trusted), "up"):
        (place / "lock" / "holder").write_text("{}\n")  # removed by hand meanwhile, and taken by another
    assert (place / "lock").exists()


def test_a_host_that_went_away_does_not_hide_the_error(trusted, place: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError, match="the reason"), run_lock.locked(Session(trusted), "up"):
        monkeypatch.setattr(ssh, "run", _gone)
        raise ConfigError("the reason")


def _gone(*_: object, **__: object) -> None:
    raise ConnectError("gone")


def test_no_lock_can_be_made(trusted, place: Path) -> None:  # type: ignore[no-untyped-def]
    place.write_text("a file where the folder should be")
    with pytest.raises(LockedError, match="cannot make the lock"), run_lock.locked(Session(trusted), "up"):
        pass


@pytest.mark.parametrize("text", ["", "{", "[]", '{"who": "alice"}', "null"])
def test_a_damaged_holder_is_nobody(text: str) -> None:
    assert Holder.parse(text) is None


def test_a_process_id_that_was_used_again_is_another_process() -> None:
    assert replace(Holder.this_run("up"), started="1").is_dead
    assert not Holder.this_run("up").is_dead
    assert replace(Holder.this_run("up"), pid=2**22 + 1).is_dead
