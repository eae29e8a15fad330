"""qemu's command line, as a pure function of what is wanted."""

from __future__ import annotations

from pathlib import Path

from binder_singlenode.base.units import MIB
from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.local.engine import Machine
from binder_singlenode.vm.qemu import disk
from binder_singlenode.vm.qemu.acceleration import Accel
from binder_singlenode.vm.qemu.emulator import Emulator

# Translated code of the guest, kept by the emulation. The default of 1/8 of the guest's memory thrashes
# with a whole control plane in it.
TCG_CACHE_MIB = 1024

_CONSOLES = {"amd64": "ttyS0", "arm64": "ttyAMA0"}
_MACHINES = {"amd64": "q35", "arm64": "virt"}
# Without erms and fsrm the guest's kernel copies by words, not with `rep movsb`, which qemu emulates byte by
# byte: 284 against 3748 MB/s, measured under qemu-user 10.
_TCG_CPUS = {"amd64": "max,-erms,-fsrm", "arm64": "max,pauth-impdef=on"}


def marker(folder: Path) -> tuple[str, str]:
    """Two arguments by which the qemu of a folder is known among all processes."""
    return "-pidfile", str(folder / "qemu.pid")


def build(emulator: Emulator, accel: Accel, image: Image, machine: Machine) -> list[str]:
    """The command that starts the VM as a daemon; its working folder must be the VM's (for qmp.sock)."""
    folder = machine.folder
    return [
        *emulator.system,
        *("-name", machine.name),
        *("-machine", _MACHINES[emulator.arch]),
        *_cpu(emulator.arch, accel),
        *("-smp", str(machine.cpus), "-m", f"{machine.memory_bytes // MIB}M"),
        *("-nodefaults", "-display", "none", "-daemonize", *marker(folder)),
        # Relative: a socket's path may be 107 bytes long at most.
        *("-qmp", "unix:qmp.sock,server=on,wait=off"),
        *("-chardev", f"file,id=console,path={escape(folder / 'console.log')}"),
        *("-serial", "chardev:console"),
        *("-kernel", str(image.kernel), "-initrd", str(image.initrd)),
        *("-append", kernel_line(emulator.arch)),
        # Nothing waits for the disk: these VMs are made to be thrown away.
        *_disk(disk.NODE, folder / disk.FILE, "qcow2", "cache.no-flush=on,discard=unmap"),
        *_disk("seed", folder / "seed.img", "raw", "read-only=on"),
        *("-netdev", _network(machine), "-device", "virtio-net-pci,netdev=net0,romfile="),
        *("-device", "virtio-rng-pci"),
    ]


def kernel_line(arch: str) -> str:
    """The kernel's command line. A panic reboots after 10 s: it shows in the log, and the VM comes back."""
    return f"root=LABEL=binder-root rw console={_CONSOLES[arch]} net.ifnames=1 mitigations=off panic=10"


def escape(value: Path) -> str:
    """A path within a list of qemu options, where a comma separates."""
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
