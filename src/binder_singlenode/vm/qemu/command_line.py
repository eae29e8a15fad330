"""qemu's command line, built by pure functions."""

from __future__ import annotations

from pathlib import Path

from binder_singlenode.base.units import MIB
from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.local.engine import Machine
from binder_singlenode.vm.qemu import disk
from binder_singlenode.vm.qemu.acceleration import Accel
from binder_singlenode.vm.qemu.emulator import Emulator

# Size of the emulation's cache of translated guest code. The default, 1/8 of the guest's memory, is too small
# for a whole control plane.
TCG_CACHE_MIB = 1024

_CONSOLES = {"amd64": "ttyS0", "arm64": "ttyAMA0"}
_MACHINES = {"amd64": "q35", "arm64": "virt"}
# Without erms and fsrm the guest's kernel copies by words, not with `rep movsb`, which qemu emulates byte by
# byte: 284 against 3748 MB/s, measured under qemu-user 10.
_TCG_CPUS = {"amd64": "max,-erms,-fsrm", "arm64": "max,pauth-impdef=on"}


def marker(folder: Path) -> tuple[str, str]:
    """Two arguments that identify the qemu process of a VM's folder among all processes."""
    return "-pidfile", str(folder / "qemu.pid")


def build(emulator: Emulator, accel: Accel, image: Image, machine: Machine) -> list[str]:
    """The command that starts the VM as a daemon; run it in the VM's folder (for qmp.sock)."""
    folder = machine.folder
    return [
        *emulator.system,
        *("-name", machine.name),
        *("-machine", _MACHINES[emulator.arch]),
        *_cpu(emulator.arch, accel),
        *("-smp", str(machine.cpus), "-m", f"{machine.memory_bytes // MIB}M"),
        *("-nodefaults", "-display", "none", "-daemonize", *marker(folder)),
        # Relative path: the path of a Unix socket is limited to 107 bytes.
        *("-qmp", "unix:qmp.sock,server=on,wait=off"),
        *("-chardev", f"file,id=console,path={escape(folder / 'console.log')}"),
        *("-serial", "chardev:console"),
        *("-kernel", str(image.kernel), "-initrd", str(image.initrd)),
        *("-append", kernel_line(emulator.arch)),
        # No flush to the disk: throwaway VMs may lose data in a crash of this computer.
        *_disk(disk.NODE, folder / disk.FILE, "qcow2", "cache.no-flush=on,discard=unmap"),
        *_disk("seed", folder / "seed.img", "raw", "read-only=on"),
        *("-netdev", _network(machine), "-device", "virtio-net-pci,netdev=net0,romfile="),
        *("-device", "virtio-rng-pci"),
    ]


def kernel_line(arch: str) -> str:
    """The kernel's command line. 10 s after a panic, which the console log shows, the VM reboots."""
    return f"root=LABEL=binder-root rw console={_CONSOLES[arch]} net.ifnames=1 mitigations=off panic=10"


def escape(value: Path) -> str:
    """Escape a path for a list of qemu options, in which commas are separators."""
    return str(value).replace(",", ",,")


def _cpu(arch: str, accel: Accel) -> tuple[str, ...]:
    if accel == "kvm":
        return ("-accel", "kvm", "-cpu", "host")
    return ("-accel", f"tcg,thread=multi,tb-size={TCG_CACHE_MIB}", "-cpu", _TCG_CPUS[arch])


def _disk(node: str, path: Path, form: str, options: str) -> tuple[str, ...]:
    return (
        *(
            "-blockdev",
            f"driver={form},node-name={node},file.driver=file,file.filename={escape(path)},{options}",
        ),
        *("-device", f"virtio-blk-pci,drive={node}"),
    )


def _network(machine: Machine) -> str:
    pairs = ((machine.ports.ssh, 22), (machine.ports.http, 80), (machine.ports.https, 443))
    forwards = ",".join(f"hostfwd=tcp:127.0.0.1:{ours}-:{theirs}" for ours, theirs in pairs)
    return f"user,id=net0,restrict={'off' if machine.internet else 'on'},{forwards}"
