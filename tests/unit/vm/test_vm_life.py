"""A VM's life with the process side real and qemu faked: create, stop, start, save, load, destroy."""

import dataclasses
import socket
import stat
import subprocess

import pytest
from binder_singlenode.vm.qemu.provider import Qemu, power

from binder_singlenode.errors import VmError
from binder_singlenode.vm import VmSpec
from binder_singlenode.vm.local import ports, process, records, ssh_probe


def test_a_vm_from_create_to_destroy(vms: Qemu, spec: VmSpec) -> None:
    talk: list[str] = []
    vm = vms.create("demo", spec, talk.append)
    assert (vm.state, vm.user, vm.address) == ("running", "root", "127.0.0.1")
    assert vms.list() == [vm] == [vms.get("demo")]
    assert any("boots (tcg)" in line for line in talk)
    vms.destroy("demo")
    assert vms.list() == []
    assert power.of_folder("demo") is None
    assert [entry.name for entry in records.root().iterdir()] == [".lock"]


def test_only_the_owner_reads_the_folder_and_the_private_host_key_is_gone(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    assert stat.S_IMODE(vm.key.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(vm.key.stat().st_mode) == 0o600
    assert not (vm.key.parent / "host_key").exists()
    assert not (vm.key.parent / "seed").exists()


def test_the_host_key_is_known_before_the_first_boot(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    known = (vm.key.parent / "known_hosts").read_text()
    assert known == f"[127.0.0.1]:{vm.ssh_port} {vm.host_keys[0]}\n"
    assert vm.host_keys[0].startswith("ssh-ed25519 ")


def test_the_seed_disk_holds_keys_and_name(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    disk = vm.key.parent / "seed.img"
    read = ["/usr/sbin/debugfs", "-R", "cat /hostname", str(disk)]
    assert subprocess.run(read, capture_output=True, text=True, check=True).stdout == "demo\n"
    read[2] = "cat /authorized_keys"
    assert (
        subprocess.run(read, capture_output=True, text=True, check=True).stdout
        == vm.key.with_suffix(".pub").read_text()
    )
    assert stat.S_IMODE(disk.stat().st_mode) == 0o600


def test_two_vms_side_by_side_share_no_port(vms: Qemu, spec: VmSpec) -> None:
    one, two = vms.create("one", spec), vms.create("two", spec)
    assert (
        len({one.ssh_port, one.http_port, one.https_port, two.ssh_port, two.http_port, two.https_port}) == 6
    )
    assert [vm.name for vm in vms.list()] == ["one", "two"]


def test_create_again_starts_what_is_there(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    vms.stop("demo", hard=True)
    talk: list[str] = []
    again = vms.create("demo", spec, talk.append)
    assert again == vm
    assert talk == ["VM 'demo' is there already"]


def test_stop_and_start_keep_ports_and_keys(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    vms.stop("demo")
    assert vms.get("demo") == dataclasses.replace(vm, state="stopped")
    assert vms.start("demo") == vm


def test_start_of_a_running_vm_does_nothing(vms: Qemu, spec: VmSpec) -> None:
    vms.create("demo", spec)
    before = power.of_folder("demo")
    vms.start("demo")
    assert power.of_folder("demo") == before


def test_a_port_taken_between_choice_and_start_is_chosen_anew(
    vms: Qemu, spec: VmSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as thief:
        thief.bind(("127.0.0.1", 0))
        thief.listen()
        free = ports.pick(())
        stolen = dataclasses.replace(free, ssh=thief.getsockname()[1])
        picks = iter([stolen, free])
        monkeypatch.setattr(power, "pick", lambda taken: next(picks))
        vm = vms.create("demo", spec)
    assert vm.ssh_port != stolen.ssh


def test_a_snapshot_replaces_the_older_one_of_its_tag(vms: Qemu, spec: VmSpec) -> None:
    vms.create("demo", spec)
    vms.save("demo", "clean")
    vms.save("demo", "clean")
    vms.stop("demo")
    with pytest.raises(VmError, match="not running"):
        vms.save("demo", "clean")


def test_load_goes_on_from_the_tag(vms: Qemu, spec: VmSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(ssh_probe, "run", lambda vm, *remote: commands.append(remote))
    vms.create("demo", spec)
    vms.load("demo", "clean")
    assert process.find("-loadvm", "clean") == power.of_folder("demo")
    assert commands[0][0].startswith("date -u -s @")
