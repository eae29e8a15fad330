"""KVM is used where it boots, and nowhere else; asked once per boot of this computer."""

import sys
from pathlib import Path

import pytest

from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.qemu import acceleration
from binder_singlenode.vm.qemu.emulator import Emulator

IMAGE = Image(Path("/cache/img"))


def emulator(script: str, version: str = "10.0") -> Emulator:
    return Emulator("amd64", (sys.executable, "-c", script), (), version)


BOOTS = "print('[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs')"
ABORTS = "import sys; sys.exit('qemu: KVM_CREATE_VM failed')"
HANGS = "import time; time.sleep(60)"


@pytest.fixture(autouse=True)
def _device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = tmp_path / "kvm"
    device.touch()
    monkeypatch.setattr(acceleration, "_DEVICE", device)
    monkeypatch.setattr(acceleration, "boot_id", lambda: "boot-1")
    (tmp_path / "cache/binder-singlenode/vm").mkdir(parents=True)


def test_a_kernel_that_panics_has_booted() -> None:
    assert acceleration.choose(emulator(BOOTS), IMAGE, print) == "kvm"


@pytest.mark.parametrize("script", [ABORTS, HANGS])
def test_a_device_that_boots_nothing_is_not_used(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceleration, "_PROBE_S", 0.5)
    talk: list[str] = []
    assert acceleration.choose(emulator(script), IMAGE, talk.append) == "tcg"
    assert talk == ["/dev/kvm is there and boots nothing"]


def test_without_the_device_nothing_is_tried(tmp_path: Path) -> None:
    (tmp_path / "kvm").unlink()
    assert acceleration.choose(emulator("raise SystemExit('started')"), IMAGE, print) == "tcg"


def test_the_verdict_is_kept_until_the_next_boot_or_another_qemu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert acceleration.choose(emulator(ABORTS), IMAGE, print) == "tcg"
    assert acceleration.choose(emulator(BOOTS), IMAGE, print) == "tcg"
    assert acceleration.choose(emulator(BOOTS, "11.0"), IMAGE, print) == "kvm"
    assert acceleration.choose(emulator(ABORTS, "11.0"), IMAGE, print) == "kvm"
    monkeypatch.setattr(acceleration, "boot_id", lambda: "boot-2")
    assert acceleration.choose(emulator(ABORTS, "11.0"), IMAGE, print) == "tcg"


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"question": 1}'])
def test_a_damaged_verdict_is_asked_anew(damage: str, tmp_path: Path) -> None:
    (tmp_path / "cache/binder-singlenode/vm/accel.json").write_text(damage)
    assert acceleration.choose(emulator(BOOTS), IMAGE, print) == "kvm"
