"""A qemu that runs nothing, an image with nothing in it, and an ssh that always answers."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_singlenode.vm import VmSpec
from binder_singlenode.vm.local import engine, process, provider, records, ssh_probe
from binder_singlenode.vm.local.provider import LocalVms
from binder_singlenode.vm.qemu import acceleration, emulator
from binder_singlenode.vm.qemu.emulator import Emulator

FAKES = Path(__file__).parent / "qemu"


@pytest.fixture(autouse=True)
def _short_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("state", "cache"):
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(tmp_path / kind))


@pytest.fixture
def spec(tmp_path: Path) -> VmSpec:
    folder = tmp_path / "image"
    folder.mkdir()
    for part in ("disk.img", "vmlinuz", "initrd.img"):
        (folder / part).touch()
    return VmSpec(memory_bytes=1024**3, image=folder)


@pytest.fixture
def no_vm_left() -> Iterator[None]:
    """What a test started ends with it."""
    yield
    for name in records.names():
        while found := engine.find_any(name):
            process.kill(found[1])


@pytest.fixture
def fake_qemu(no_vm_left: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything of the provider is real but qemu, qemu-img and the guest."""
    system, img = ((sys.executable, str(FAKES / f"{name}.py")) for name in ("fake_qemu", "fake_qemu_img"))
    monkeypatch.setattr(emulator, "ensure", lambda progress: Emulator("amd64", system, img, "10.0"))
    monkeypatch.setattr(acceleration, "choose", lambda *_: "tcg")
    monkeypatch.setattr(ssh_probe, "answers", lambda vm: "boot-1")
    monkeypatch.setattr(provider, "frozen", lambda vm: contextlib.nullcontext())


@pytest.fixture
def vms(fake_qemu: None) -> LocalVms:
    """The VMs of this computer, made for the fake qemu."""
    return LocalVms("qemu")
