"""A real VM of this computer: booted, entered, saved, rebooted, cut from power, destroyed without a trace."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from binder_singlenode.vm.qemu.provider import Qemu, power, provider

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Vm, VmSpec
from binder_singlenode.vm.local import records, ssh_probe

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

NAME = "e2e-vm"
GIB = 1024**3


@pytest.fixture(scope="module")
def vms() -> Iterator[Qemu]:
    with tempfile.TemporaryDirectory(prefix="bs-") as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", home)
        yield provider()
        for vm in provider().list():
            provider().destroy(vm.name)


@pytest.fixture(scope="module")
def vm(vms: Qemu) -> Vm:
    """A bare VM, saved as "clean"."""
    vm = vms.create(NAME, VmSpec(memory_bytes=GIB, restrict=True), print)
    vms.save(NAME, "clean")
    return vm


def inside(vm: Vm, command: str) -> str:
    return ssh_probe.run(vm, command).strip()


def test_it_is_a_bare_debian(vm: Vm) -> None:
    assert inside(vm, "hostname") == NAME
    assert inside(vm, ". /etc/os-release; echo $ID $VERSION_CODENAME") == "debian trixie"
    assert inside(vm, "stat -fc %T /sys/fs/cgroup") == "cgroup2fs"
    assert inside(vm, "systemctl is-system-running --wait || systemctl --failed --no-legend") == "running"
    assert inside(vm, "command -v docker containerd runc podman || true") == ""


def test_disk_and_card_are_as_asked(vm: Vm) -> None:
    assert int(inside(vm, "df --output=size -B1 / | tail -1")) > 38 * GIB
    assert "eth0" in inside(vm, "ip -br -4 address show up")


def test_one_gets_in_with_the_key_only(vm: Vm) -> None:
    settings = inside(vm, "sshd -T")
    assert "passwordauthentication no" in settings
    assert "permitrootlogin without-password" in settings
    assert inside(vm, "cut -d: -f2 /etc/shadow | sort -u") in ("!\n*", "*", "!*\n*", "*\n!*")


def test_its_host_key_is_the_one_we_made(vm: Vm, tmp_path: Path) -> None:
    assert inside(vm, "cat /etc/ssh/ssh_host_ed25519_key.pub") == vm.host_keys[0]
    known_hosts = vm.key.with_name("known_hosts")
    right = known_hosts.read_text()
    try:
        known_hosts.write_text(right.replace(vm.host_keys[0].split()[1], "A" * 68))
        with pytest.raises(VmError):
            ssh_probe.run(vm, "true")
    finally:
        known_hosts.write_text(right)


def test_no_packet_leaves_it(vm: Vm) -> None:
    """To this computer's own side of the network: even that is closed."""
    assert inside(vm, "timeout 5 bash -c '</dev/tcp/10.0.2.2/22' && echo open || echo closed") == "closed"


def test_back_to_what_was_saved(vms: Qemu, vm: Vm) -> None:
    boot = inside(vm, "cat /proc/sys/kernel/random/boot_id")
    inside(vm, "touch /root/after-save; sync")
    again = vms.load(NAME, "clean")
    assert again == vm
    assert inside(vm, "ls /root") == ""
    assert inside(vm, "cat /proc/sys/kernel/random/boot_id") == boot

    assert abs(int(inside(vm, "date +%s")) - time.time()) < 60


def test_reboot_and_power_cut(vms: Qemu, vm: Vm) -> None:
    inside(vm, "echo kept >/root/file; sync")
    first = inside(vm, "cat /proc/sys/kernel/random/boot_id")
    vms.reboot(NAME)
    second = inside(vm, "cat /proc/sys/kernel/random/boot_id")
    vms.stop(NAME, hard=True)
    assert vms.get(NAME).state == "stopped"
    assert vms.start(NAME) == vm
    assert len({first, second, inside(vm, "cat /proc/sys/kernel/random/boot_id")}) == 3
    assert inside(vm, "cat /root/file") == "kept"


def test_shut_down_in_order(vms: Qemu, vm: Vm) -> None:
    vms.stop(NAME)
    assert vms.get(NAME).state == "stopped"
    assert "Power down" in (records.folder(NAME) / "console.log").read_text(errors="replace")


def test_nothing_is_left(vms: Qemu, vm: Vm) -> None:
    vms.load(NAME, "clean")
    vms.destroy(NAME)
    assert vms.list() == []
    assert power.of_folder(NAME) is None
    assert [entry.name for entry in records.root().iterdir()] == [".lock"]
