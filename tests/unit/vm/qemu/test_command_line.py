"""qemu's command lines, word for word."""

import dataclasses
from pathlib import Path

import pytest

from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.local.engine import Machine
from binder_singlenode.vm.local.records import Ports
from binder_singlenode.vm.qemu import acceleration, command_line
from binder_singlenode.vm.qemu.acceleration import Accel
from binder_singlenode.vm.qemu.emulator import Emulator

AMD64 = Emulator("amd64", ("qemu-system-x86_64",), ("qemu-img",), "10.0")
ARM64 = Emulator("arm64", ("qemu-system-aarch64",), ("qemu-img",), "10.0")
IMAGE = Image(Path("/cache/img"))
MACHINE = Machine("demo", Path("/vm/demo"), 8 * 1024**3, 2, False, Ports(20001, 20002, 20003))
FORWARDS = "hostfwd=tcp:127.0.0.1:20001-:22,hostfwd=tcp:127.0.0.1:20002-:80,hostfwd=tcp:127.0.0.1:20003-:443"


def test_the_whole_line_under_emulation() -> None:
    assert command_line.build(AMD64, "tcg", IMAGE, MACHINE) == [
        *("qemu-system-x86_64", "-name", "demo", "-machine", "q35"),
        *("-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "max,-erms,-fsrm"),
        *("-smp", "2", "-m", "8192M"),
        *("-nodefaults", "-display", "none", "-daemonize", "-pidfile", "/vm/demo/qemu.pid"),
        *("-qmp", "unix:qmp.sock,server=on,wait=off"),
        *("-chardev", "file,id=console,path=/vm/demo/console.log"),
        *("-serial", "chardev:console"),
        *("-kernel", "/cache/img/vmlinuz", "-initrd", "/cache/img/initrd.img"),
        "-append",
        "root=LABEL=binder-root rw console=ttyS0 net.ifnames=1 mitigations=off panic=10",
        "-blockdev",
        "driver=qcow2,node-name=disk,file.driver=file,file.filename=/vm/demo/disk.qcow2,"
        "cache.no-flush=on,discard=unmap",
        *("-device", "virtio-blk-pci,drive=disk"),
        "-blockdev",
        "driver=raw,node-name=seed,file.driver=file,file.filename=/vm/demo/seed.img,read-only=on",
        *("-device", "virtio-blk-pci,drive=seed"),
        *("-netdev", f"user,id=net0,restrict=on,{FORWARDS}"),
        *("-device", "virtio-net-pci,netdev=net0,romfile="),
        *("-device", "virtio-rng-pci"),
    ]


@pytest.mark.parametrize(
    ("emulator", "how", "expected"),
    [
        (AMD64, "kvm", ["q35", "-accel", "kvm", "-cpu", "host"]),
        (ARM64, "kvm", ["virt", "-accel", "kvm", "-cpu", "host"]),
        (
            ARM64,
            "tcg",
            ["virt", "-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "max,pauth-impdef=on"],
        ),
    ],
)
def test_machine_and_cpu(emulator: Emulator, how: Accel, expected: list[str]) -> None:
    words = command_line.build(emulator, how, IMAGE, MACHINE)
    start = words.index("-machine") + 1
    assert words[start : start + len(expected)] == expected


def test_the_console_of_arm64() -> None:
    assert "console=ttyAMA0" in command_line.kernel_line("arm64")


def test_a_vm_with_internet_is_not_cut_off() -> None:
    machine = dataclasses.replace(MACHINE, internet=True)
    assert f"user,id=net0,restrict=off,{FORWARDS}" in command_line.build(AMD64, "tcg", IMAGE, machine)


def test_a_comma_in_a_folder_is_escaped() -> None:
    machine = dataclasses.replace(MACHINE, folder=Path("/vm/a,b"))
    words = command_line.build(AMD64, "tcg", IMAGE, machine)
    assert "file,id=console,path=/vm/a,,b/console.log" in words
    assert words[words.index("-pidfile") + 1] == "/vm/a,b/qemu.pid"


def test_the_probe_boots_a_kernel_that_can_only_panic() -> None:
    assert acceleration.probe_command(AMD64, IMAGE) == [
        *("qemu-system-x86_64", "-machine", "q35", "-accel", "kvm", "-cpu", "host", "-smp", "1", "-m", "256"),
        *("-kernel", "/cache/img/vmlinuz", "-append", "console=ttyS0 panic=-1"),
        *("-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"),
    ]
