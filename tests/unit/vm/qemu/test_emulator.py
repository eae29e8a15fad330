"""Which qemu is used: this computer's when it is new enough, else an unpacked one."""

import sys
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import programs
from binder_singlenode.vm.qemu import emulator


def version(words: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({words!r})")


def test_the_version_of_qemu() -> None:
    line = "QEMU emulator version 10.0.8 (Debian 1:10.0.8+ds-0+deb13u1)"
    assert emulator.version_line(version(line)) == "10.0.8"
    with pytest.raises(VmError, match="does not tell its version"):
        emulator.version_line(version("hello"))


@pytest.mark.parametrize(("found", "used"), [("7.2.22", False), ("9.0.0", True), ("10.0.8", True)])
def test_an_old_qemu_is_passed_over(found: str, used: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(emulator, "version_line", lambda system: found)
    assert (emulator.installed("amd64") is not None) == used


def test_an_unpacked_qemu_runs_through_its_own_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "version_line", lambda system: "10.0")
    found = emulator.relocated("amd64", Path("/q"))
    assert found.system[:4] == (
        "/q/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "--library-path",
        "/q/usr/lib/x86_64-linux-gnu",
        "/q/usr/bin/qemu-system-x86_64",
    )
    assert found.system[4:] == ("-L", "/q/usr/share/qemu", "-L", "/q/usr/share/seabios")
