"""Engines that run no guest, an image with nothing in it, and an ssh that always answers."""

import contextlib
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_singlenode.vm import Vm, VmSpec
from binder_singlenode.vm.local import engine, process, provider, records, ssh_probe
from binder_singlenode.vm.local.provider import LocalVms
from binder_singlenode.vm.qemu import acceleration, emulator
from binder_singlenode.vm.qemu.emulator import Emulator
from binder_singlenode.vm.uml import kernel, passt, probe, sandbox
from binder_singlenode.vm.uml.kernel import Kernel

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


@pytest.fixture
def fake_uml(no_vm_left: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor, its sandbox and its relay are real; the kernel and passt are two small programs."""
    if not sandbox.can_cut_off():
        pytest.skip("this computer allows no network namespace")
    built, network = tmp_path / "kernel", tmp_path / "passt"
    loader = network / "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    _program("fake_linux", built / "linux")
    _program("fake_passt", loader)
    (built / "modules.img").touch()
    monkeypatch.setattr(kernel, "ensure", lambda progress: Kernel(built))
    monkeypatch.setattr(probe, "boots", lambda found: True)
    monkeypatch.setattr(passt, "ensure", lambda progress: network)
    monkeypatch.setattr(ssh_probe, "answers", _boot_on_console)
    monkeypatch.setattr(ssh_probe, "run", _tell)
    monkeypatch.setattr(provider, "frozen", lambda vm: contextlib.nullcontext())


def _program(name: str, target: Path) -> None:
    target.parent.mkdir(parents=True)
    code = (FAKES.parent / "uml" / f"{name}.py").read_text()
    target.write_text(code.replace("PYTHON", _interpreter(), 1))
    target.chmod(0o755)


@functools.cache
def _interpreter() -> str:
    """A Python that those without rights can start too."""
    for each in (sys.executable, *filter(None, map(shutil.which, ("python3", "/usr/bin/python3")))):
        python = str(Path(each).resolve())
        user = sandbox.USER_ID if os.geteuid() == 0 else None
        with contextlib.suppress(OSError):
            if subprocess.run([python, "-c", ""], user=user, cwd="/").returncode == 0:
                return python
    pytest.skip("only root can start Python here")


def _boot_on_console(vm: Vm) -> str:
    boots = (records.folder(vm.name) / "console.log").read_text().count("Linux version")
    return f"boot-{boots}"


def _tell(vm: Vm, *remote: str) -> str:
    """The fake kernel obeys when it is told over ssh."""
    with (records.folder(vm.name) / "run/control").open("w") as orders:
        orders.write(" ".join(remote) + "\n")
    return ""


@pytest.fixture
def uml(fake_uml: None) -> LocalVms:
    """The VMs of this computer, made for the fake user-mode Linux."""
    return LocalVms("uml")
