"""Programs of this computer: found, installed when root, or named with the command to type."""

import os
import socket
import sys
from pathlib import Path

import pytest
from binder_singlenode.vm.qemu.provider import emulator

from binder_singlenode.errors import VmError
from binder_singlenode.vm import VmSpec, programs
from binder_singlenode.vm.local import capacity, ports
from binder_singlenode.vm.local.records import Ports

GIB = 1024**3


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


def version(words: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({words!r})")


def test_the_version_of_qemu() -> None:
    line = "QEMU emulator version 10.0.8 (Debian 1:10.0.8+ds-0+deb13u1)"
    assert emulator._version(version(line)) == "10.0.8"
    with pytest.raises(VmError, match="does not tell its version"):
        emulator._version(version("hello"))


@pytest.mark.parametrize(("found", "used"), [("7.2.22", False), ("9.0.0", True), ("10.0.8", True)])
def test_an_old_qemu_is_passed_over(found: str, used: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(emulator, "_version", lambda system: found)
    assert (emulator._installed("amd64") is not None) == used


def test_an_unpacked_qemu_runs_through_its_own_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "_version", lambda system: "10.0")
    found = emulator._relocated("amd64", Path("/q"))
    assert found.system[:4] == (
        "/q/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "--library-path",
        "/q/usr/lib/x86_64-linux-gnu",
        "/q/usr/bin/qemu-system-x86_64",
    )
    assert found.system[4:] == ("-L", "/q/usr/share/qemu", "-L", "/q/usr/share/seabios")


def test_ports_skip_those_of_vms_and_those_in_use() -> None:
    taken = set(range(20000, 31990))
    got = ports.pick(taken, is_free=lambda port: port % 2 == 0)
    assert all(port >= 31990 and port % 2 == 0 for port in (got.ssh, got.http, got.https))
    assert len({got.ssh, got.http, got.https}) == 3


def test_no_port_left() -> None:
    with pytest.raises(VmError, match="no three free ports"):
        ports.pick((), is_free=lambda port: False)


def test_a_listener_makes_a_port_not_free() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert not ports.free(listener.getsockname()[1])
    assert isinstance(ports.pick(()), Ports)


def test_sizes_that_make_no_sense_are_named_all_at_once() -> None:
    with pytest.raises(VmError, match=r"memory of .*; disk of .*; 0 CPUs: at least 1"):
        capacity.check_spec(VmSpec(memory_bytes=8, cpus=0, disk_bytes=1))


def test_memory_promised_to_running_vms_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "available_bytes", lambda: 20 * GIB)
    capacity.check_memory(8 * GIB)
    with pytest.raises(VmError, match=r"9\.2 GiB.*8 GiB are free: 1\.2 GiB too little") as caught:
        capacity.check_memory(8 * GIB, promised_bytes=12 * GIB)
    assert "up to 6912 MiB" in str(caught.value.hint)


def test_a_vm_may_still_take_what_it_does_not_hold() -> None:
    own = capacity.resident_bytes(os.getpid())
    assert own > 1024**2
    assert capacity.promised_bytes([(GIB, os.getpid())]) == pytest.approx(GIB - own, abs=64 * 1024**2)
    assert capacity.promised_bytes([(GIB, 2**22 + 1)]) == GIB
