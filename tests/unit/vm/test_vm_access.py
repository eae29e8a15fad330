"""ssh into a VM: with its own keys only, and not for ever."""

import dataclasses
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Vm
from binder_singlenode.vm.local import boot, records, ssh_probe
from binder_singlenode.vm.local.process import myself

VM = Vm("demo", "qemu", "127.0.0.1", 20001, "root", Path("/s/50%/key"), ("ssh-ed25519 A",), 20002, "running")


def test_the_command() -> None:
    words = ssh_probe.ssh_command(VM, "uname", "-a")
    assert words[:3] == ["ssh", "-F", "none"]
    assert words[-7:] == ["-i", "/s/50%/key", "-p", "20001", "root@127.0.0.1", "uname", "-a"]
    assert 'UserKnownHostsFile="/s/50%%/known_hosts"' in words
    assert "StrictHostKeyChecking=yes" in words


def test_nobody_answers_on_the_port() -> None:
    assert ssh_probe.answers(VM) is None


def test_waiting_for_another_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    boots = iter(["old", None, "old", "new"])
    monkeypatch.setattr(ssh_probe, "answers", lambda vm: next(boots))
    monkeypatch.setattr(ssh_probe.time, "sleep", lambda s: None)
    assert ssh_probe.wait(VM, 10, lambda: True, previous_boot="old") == "new"


def test_while_nothing_says_that_it_is_up_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Early connections would all arrive at once, and sshd would drop the one that counts."""
    clock = [0.0]
    tries: list[float] = []
    monkeypatch.setattr(ssh_probe.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(ssh_probe.time, "sleep", lambda s: clock.__setitem__(0, clock[0] + s))
    monkeypatch.setattr(ssh_probe, "answers", lambda vm: tries.append(clock[0]))
    with pytest.raises(VmError, match="within 65 s"):
        ssh_probe.wait(VM, 65, lambda: False)
    assert len(tries) == 3


def test_a_boot_shows_on_the_console_from_where_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    made = record("[  OK  ] Started ssh.service - OpenBSD\n")
    tries: list[str] = []
    monkeypatch.setattr(ssh_probe, "answers", lambda vm: tries.append("x") or "boot")
    boot.until_up(made, 60)
    assert len(tries) == 1
    with pytest.raises(VmError, match="did not answer"):
        boot.until_up(made, 0.5, since=boot.console_size("demo"))
    assert len(tries) == 1
    boot.until_up(made, 60, since=None)
    assert len(tries) == 2


def record(console: str) -> records.Record:
    records.folder("demo").mkdir(parents=True)
    (records.folder("demo") / "console.log").write_text(console)
    made = records.Record(
        "demo", "", "ready", myself(), 1, 1, False, "", records.Ports(20001, 2, 3), myself()
    )
    records.write(made)
    return made


@pytest.mark.parametrize(
    "line",
    [
        "[ 1.0] Kernel panic - not syncing: Attempted to kill init!",
        "ALERT!  LABEL=binder-root does not exist.  Dropping to a shell!",
        "You are in emergency mode. After logging in, type",
    ],
)
def test_a_console_without_hope_ends_the_wait(line: str) -> None:
    with pytest.raises(VmError, match=r"(?s)cannot boot .*; the end of its console:\n    .*") as caught:
        boot.until_up(record(f"booting\n{line}\n"), 60)
    assert line in caught.value.message
    assert "console.log" in str(caught.value.hint)


def test_a_vm_that_switched_itself_off() -> None:
    gone = dataclasses.replace(myself(), started=1)
    with pytest.raises(VmError, match=r"(?s)switched itself off.*Power down"):
        boot.until_up(dataclasses.replace(record("reboot: Power down\n"), process=gone), 60)
