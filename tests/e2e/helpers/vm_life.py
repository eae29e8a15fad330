"""A real VM of this computer: booted, entered, saved, rebooted, cut from power, destroyed without a trace.

The same tests for each engine: test_0_vm_ENGINE.py names it.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_singlenode.base.units import GIB
from binder_singlenode.errors import VmError
from binder_singlenode.vm import Vm, VmSpec
from binder_singlenode.vm.local import choice, engine, process, records, ssh_probe
from binder_singlenode.vm.local.provider import LocalVms

NAME = "e2e-vm"


@pytest.fixture(scope="module")
def vms(request: pytest.FixtureRequest) -> Iterator[LocalVms]:
    name: str = request.module.ENGINE
    asked = request.config.getoption("--provider")
    if asked not in ("auto", name):
        pytest.skip(f"--provider {asked}")
    if name == "uml" and asked == "auto" and choice.choose("auto", VmSpec(), say).name != "uml":
        pytest.skip(f"no user-mode Linux here: {choice.why_not_uml() or 'KVM boots'}")
    with tempfile.TemporaryDirectory(prefix="bs-") as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", home)
        yield LocalVms(name)
        for vm in LocalVms("auto").list():
            LocalVms("auto").destroy(vm.name)


@pytest.fixture(scope="module")
def vm(vms: LocalVms) -> Vm:
    """A bare VM, saved as "clean"."""
    vm = vms.create(NAME, VmSpec(memory_bytes=GIB), say)
    vms.save(NAME, "clean")
    return vm


def say(line: str) -> None:
    """Seen while the tests run: the first VM of a computer takes minutes to make."""
    print(line, file=sys.__stderr__, flush=True)


def inside(vm: Vm, command: str) -> str:
    return ssh_probe.run(vm, command).strip()


def boot_id(vm: Vm) -> str:
    return inside(vm, "cat /proc/sys/kernel/random/boot_id")


def test_it_is_a_bare_debian(vm: Vm) -> None:
    assert inside(vm, "hostname") == NAME
    assert inside(vm, ". /etc/os-release; echo $ID $VERSION_CODENAME") == "debian trixie"
    assert inside(vm, "stat -fc %T /sys/fs/cgroup") == "cgroup2fs"
    assert inside(vm, "systemctl is-system-running --wait || systemctl --failed --no-legend") == "running"
    assert inside(vm, "command -v docker containerd runc podman || true") == ""


def test_disk_and_card_are_as_asked(vm: Vm) -> None:
    assert int(inside(vm, "df --output=size -B1 / | tail -1")) > 38 * GIB
    assert "eth0" in inside(vm, "ip -br -4 address show up")


def test_modules_load_and_the_clock_speed_is_known(vm: Vm) -> None:
    """What k3s and the kubelet ask for first."""
    assert inside(vm, "modprobe -a overlay br_netfilter && cut -d' ' -f1 /proc/modules").count("overlay") == 1
    assert "MHz" in inside(vm, "cat /proc/cpuinfo")


def test_one_gets_in_with_the_key_only(vm: Vm) -> None:
    settings = inside(vm, "sshd -T")
    assert "passwordauthentication no" in settings
    assert "permitrootlogin without-password" in settings
    assert inside(vm, "cut -d: -f2 /etc/shadow | sort -u") in ("!\n*", "*", "!*\n*", "*\n!*")


def test_its_host_key_is_the_one_we_made(vm: Vm) -> None:
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


def test_its_network_is_a_loopback_device(vm: Vm) -> None:
    """By construction: whatever the guest sends, there is no card of this computer to send it by."""
    if vm.provider != "uml":
        pytest.skip("qemu keeps the guest's network inside itself: restrict=on")
    supervisor = engine.engine("uml").find(NAME)
    assert supervisor is not None
    children = process.children(supervisor.pid)
    assert len(children) == 2, "passt and the kernel"
    for pid in children:
        lines = Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in lines] == ["lo"]


_MANY_PAGES = """
use strict; my ($pages, $page, $step) = (80000, 4096, 3);
open(my $file, "+>", "/root/pattern"); binmode $file;
syswrite $file, join("", map { chr($_ % 251) } 0 .. $pages - 1);
my $start = syscall(9, 0, $pages * $step * $page, 3, 0x4022, -1, 0);    # mmap, private, not reserved
my $wrong = 0;
syscall(17, fileno($file), $start + $_ * $step * $page, 1, $_) == 1 or $wrong++ for 0 .. $pages - 1;
for my $round (1 .. 2) {
    for (0 .. $pages - 1) {
        $wrong++ if ord(unpack("P1", pack("Q", $start + $_ * $step * $page))) != $_ % 251;
    }
}
print "$wrong wrong";
"""


def test_a_process_with_more_mappings_than_this_computer_allows_one(vm: Vm) -> None:
    """User-mode Linux maps each page by itself here: 80,000 pages, none beside another."""
    if vm.provider != "uml":
        pytest.skip("qemu maps a guest's memory once; with huge pages these are too many for 1 GiB")
    assert inside(vm, f"timeout 120 perl -e {shlex.quote(_MANY_PAGES)}") == "0 wrong"


def test_back_to_what_was_saved(vms: LocalVms, vm: Vm) -> None:
    before = boot_id(vm)
    inside(vm, "touch /root/after-save; sync")
    assert vms.reset(NAME, "clean") == vm
    assert inside(vm, "ls /root") == ""
    assert boot_id(vm) != before


def test_a_fork_is_a_machine_of_its_own(vms: LocalVms, vm: Vm) -> None:
    inside(vm, "touch /root/first; sync")
    fork = vms.fork(NAME, "clean", "e2e-fork")
    try:
        assert inside(fork, "touch /root/second; ls /root") == "second"
        assert inside(vm, "ls /root") == "first"
        assert fork.ssh_port != vm.ssh_port
    finally:
        vms.destroy("e2e-fork")


def test_reboot_and_power_cut(vms: LocalVms, vm: Vm) -> None:
    inside(vm, "echo kept >/root/file; sync")
    boots = [boot_id(vm)]
    vms.reboot(NAME)
    boots.append(boot_id(vm))
    vms.reboot(NAME, hard=True)
    boots.append(boot_id(vm))
    vms.stop(NAME, hard=True)
    assert vms.get(NAME).state == "stopped"
    assert vms.start(NAME) == vm
    assert len({*boots, boot_id(vm)}) == 4
    assert inside(vm, "cat /root/file") == "kept"


def test_shut_down_in_order(vms: LocalVms, vm: Vm) -> None:
    vms.stop(NAME)
    assert vms.get(NAME).state == "stopped"
    assert "Power down" in (records.folder(NAME) / "console.log").read_text(errors="replace")


def test_nothing_is_left(vms: LocalVms, vm: Vm) -> None:
    vms.reset(NAME, "clean")
    supervisor = engine.engine(vm.provider).find(NAME)
    assert supervisor is not None
    family = [supervisor.pid, *process.children(supervisor.pid)]
    folder = str(records.folder(NAME))
    vms.destroy(NAME)
    assert vms.list() == []
    assert engine.find_any(NAME) is None
    assert [pid for pid in family if process.identify(pid)] == []
    assert folder not in Path("/proc/self/mounts").read_text()
    assert [entry.name for entry in records.root().iterdir()] == [".lock"]
