"""Which engine a new VM gets, and what is said about it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import VmSpec
from binder_singlenode.vm.local import choice, engine
from binder_singlenode.vm.local.provider import LocalVms
from binder_singlenode.vm.qemu import acceleration, emulator
from binder_singlenode.vm.uml import kernel, probe
from binder_singlenode.vm.uml.engine import Uml


class Computer:
    """What there is on this computer; by default user-mode Linux alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, device: Path) -> None:
        self.kvm, self.boots, self.built = False, True, True
        self.obstacle: str | None = None
        self.failure: str | None = None
        self.launches = 0
        self.device = device
        kept = SimpleNamespace()
        monkeypatch.setattr(choice, "_KVM", device)
        monkeypatch.setattr(acceleration, "accessible", device.exists)
        monkeypatch.setattr(acceleration, "choose", lambda *_: "kvm" if self.kvm else "tcg")
        monkeypatch.setattr(emulator, "ensure", lambda progress: kept)
        monkeypatch.setattr(probe, "obstacle", lambda: self.obstacle)
        monkeypatch.setattr(kernel, "cached", lambda: kept if self.built else None)
        monkeypatch.setattr(Uml, "launcher", self._launcher)

    def _launcher(self, image: object, progress: object) -> engine.Launcher:
        self.launches += 1
        if self.failure:
            raise VmError(self.failure)
        return engine.Launcher("user-mode Linux", 60, lambda machine: "it is not to be started")


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Computer:
    return Computer(monkeypatch, tmp_path / "kvm")


def chosen(spec: VmSpec) -> tuple[str, str]:
    """The engine that `auto` chooses, and all that is said."""
    talk: list[str] = []
    return choice.choose("auto", spec, talk.append).name, "\n".join(talk)


def test_kvm_where_it_boots(computer: Computer, spec: VmSpec) -> None:
    computer.device.touch()
    computer.kvm = True
    assert chosen(spec) == ("qemu", "the VM runs in qemu with KVM: a boot takes some 20 s")
    assert computer.launches == 0


@pytest.mark.parametrize(
    ("built", "cost"),
    [(True, "its kernel is in the cache"), (False, "its kernel is built first, 10 to 20 minutes")],
)
@pytest.mark.parametrize(
    ("device", "why"), [(True, "/dev/kvm boots nothing here"), (False, "there is no /dev/kvm")]
)
def test_user_mode_linux_without_kvm(
    computer: Computer, spec: VmSpec, built: bool, cost: str, device: bool, why: str
) -> None:
    if device:
        computer.device.touch()
    computer.built = built
    name, said = chosen(spec)
    assert name == "uml"
    assert said.startswith(f"the VM runs in user-mode Linux, as {why}; {cost}")


def test_emulation_where_user_mode_linux_cannot_work(computer: Computer, spec: VmSpec) -> None:
    computer.obstacle = "it is built for x86_64, and this is riscv64"
    name, said = chosen(spec)
    assert name == "qemu" and computer.launches == 0
    assert "no user-mode Linux here: it is built for x86_64, and this is riscv64" in said
    assert "the VM's CPU is emulated, about ten times slower" in said


def test_a_failed_build_is_told_and_not_tried_again_on_the_same_day(
    computer: Computer, spec: VmSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.failure = "the kernel could not be built\n    error: no such thing"
    name, said = chosen(spec)
    assert name == "qemu"
    assert "error: no such thing\nnext: the CPU is emulated; --provider uml tries again" in said
    name, said = chosen(spec)
    assert (name, computer.launches) == ("qemu", 1)
    assert "no user-mode Linux here: the kernel could not be built (tried within the last 24 hours" in said
    computer.failure = None
    later = choice.time.time() + 25 * 3600
    monkeypatch.setattr(choice.time, "time", lambda: later)
    assert chosen(spec)[0] == "uml"


def test_an_engine_that_is_asked_for_by_name_tries_in_any_case(computer: Computer, spec: VmSpec) -> None:
    computer.failure = "the kernel could not be built"
    chosen(spec)
    with pytest.raises(VmError, match="the kernel could not be built"):
        LocalVms("uml").create("demo", spec)
    computer.failure = None
    with pytest.raises(VmError, match="it is not to be started"):
        LocalVms("uml").create("demo", spec)
    assert chosen(spec)[0] == "uml", "it worked, so the failure is past"


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"at": "noon", "why": ""}'])
def test_a_damaged_note_of_a_failure_is_none(computer: Computer, spec: VmSpec, damage: str) -> None:
    choice.note_failure("x")
    choice.failure_note().write_text(damage)
    assert chosen(spec)[0] == "uml"


def test_a_name_is_obeyed_without_a_word(computer: Computer, spec: VmSpec) -> None:
    computer.device.touch()
    computer.kvm = True
    assert choice.choose("uml", spec, pytest.fail).name == "uml"
    assert choice.choose("qemu", spec, pytest.fail).name == "qemu"
