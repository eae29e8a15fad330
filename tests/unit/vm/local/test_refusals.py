"""What cannot be done is said and leaves nothing behind: the process side real and qemu faked."""

import os
import socket
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import VmSpec
from binder_singlenode.vm.local import capacity, create, power, records, ssh_probe
from binder_singlenode.vm.local.disk_image import seed
from binder_singlenode.vm.local.provider import LocalVms
from binder_singlenode.vm.qemu import engine as qemu_engine
from binder_singlenode.vm.qemu.engine import Qemu


def test_a_power_cut_needs_no_consent(vms: LocalVms, spec: VmSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_QEMU", "deaf")
    monkeypatch.setattr(power, "SHUTDOWN_LIMIT_S", 0.1)
    vms.create("demo", spec)
    with pytest.raises(VmError, match="did not shut down within") as caught:
        vms.stop("demo")
    assert "vm destroy" in str(caught.value.hint)
    assert vms.get("demo").state == "running"
    vms.stop("demo", hard=True)
    assert vms.get("demo").state == "stopped"


def test_a_half_made_vm_cannot_be_started(vms: LocalVms) -> None:
    records.folder("demo").mkdir(parents=True)
    with pytest.raises(VmError, match="half-made") as caught:
        vms.start("demo")
    assert "vm destroy demo" in str(caught.value.hint)


def test_a_vm_that_another_program_is_making_is_left_alone(vms: LocalVms, spec: VmSpec) -> None:
    with records.locked():
        create.claim("demo", spec, Qemu(), lambda line: None)
    assert vms.get("demo").state == "making"
    with pytest.raises(VmError, match=f"just being made by process {os.getpid()}"):
        vms.create("demo", spec)
    with pytest.raises(VmError, match="just being made"):
        vms.destroy("demo")


def test_a_failing_create_leaves_its_console_log_and_nothing_else(
    vms: LocalVms, spec: VmSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_probe, "answers", lambda vm: None)
    monkeypatch.setitem(qemu_engine.BOOT_LIMIT_S, "tcg", 0.2)
    with pytest.raises(VmError, match=r"(?s)did not answer over ssh.*no login here") as caught:
        vms.create("demo", spec)
    log = records.root() / "demo.failed.log"
    assert str(log) in str(caught.value.hint)
    assert log.read_text().endswith("no login here\n")
    assert vms.list() == []
    assert Qemu().find("demo") is None


def test_qemus_own_words_are_in_the_error(
    vms: LocalVms, spec: VmSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_QEMU", "refuse")
    with pytest.raises(VmError, match="this machine cannot be"):
        vms.create("demo", spec)


def test_a_port_taken_while_switched_off_is_named(vms: LocalVms, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    vms.stop("demo")
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", vm.ssh_port))
        thief.listen()
        with pytest.raises(VmError, match=rf"{vm.ssh_port}.*used by another program") as caught:
            vms.start("demo")
    assert "ss -ltnp" in str(caught.value.hint)


def test_unknown_names(vms: LocalVms, spec: VmSpec) -> None:
    with pytest.raises(VmError, match="no VM called 'demo'") as caught:
        vms.get("demo")
    assert "VMs here: none" in str(caught.value.hint)
    vms.create("demo", spec)
    with pytest.raises(VmError) as caught:
        vms.destroy("dmeo")
    assert caught.value.hint == "did you mean 'demo'?"


def test_too_little_memory_says_by_how_much(
    vms: LocalVms, spec: VmSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "available_bytes", lambda: 2 * 1024**3)
    with pytest.raises(VmError, match="256 MiB too little"):
        vms.create("demo", spec)
    assert vms.list() == []


def test_seeding_says_what_failed(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(VmError, match="making a key: ssh-keygen"):
        seed.keys(tmp_path, "demo")
