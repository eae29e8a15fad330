"""A qemu that runs nothing, an image with nothing in it, and an ssh that always answers."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from binder_singlenode.vm.qemu.provider import Qemu, emulator, power

from binder_singlenode.vm import VmSpec, provider
from binder_singlenode.vm.local import process, records, ssh_probe
from binder_singlenode.vm.qemu.emulator import Emulator

FAKE_IMG = """
import pathlib, sys
if sys.argv[1] == "create":
    pathlib.Path(sys.argv[-2]).touch()
else:
    print('{"snapshots": [{"name": "clean"}]}')
"""
HERE = Path(__file__).parent


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
def fakes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Everything of the provider is real but qemu, qemu-img and the guest."""
    img = tmp_path / "qemu-img"
    img.write_text(FAKE_IMG)
    fake = Emulator("amd64", (sys.executable, str(HERE / "fake_qemu.py")), (sys.executable, str(img)), "10.0")
    monkeypatch.setattr(emulator, "ensure", lambda progress: fake)
    monkeypatch.setattr(accel, "choose", lambda *_: "tcg")
    monkeypatch.setattr(ssh_probe, "answers", lambda vm: "boot-1")
    yield
    for name in records.names():
        if (found := power.of_folder(name)) is not None:
            process.kill(found)


@pytest.fixture
def vms(fakes: None) -> Qemu:
    """The provider, on those fakes."""
    found = provider("qemu")
    assert isinstance(found, Qemu)
    return found
