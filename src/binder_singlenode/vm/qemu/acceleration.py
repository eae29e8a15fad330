"""Test whether KVM works by booting a kernel: /dev/kvm may exist although no kernel boots with it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Literal

from binder_singlenode.vm import Progress
from binder_singlenode.vm.local import verdict
from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.local.process import boot_id
from binder_singlenode.vm.qemu.emulator import Emulator

Accel = Literal["kvm", "tcg"]

_DEVICE = Path("/dev/kvm")

# A kernel without a root file system panics about 2 s after its start under KVM.
_PROBE_S = 20


def accessible() -> bool:
    """Whether /dev/kvm exists and this user may open it."""
    return os.access(_DEVICE, os.R_OK | os.W_OK)


def choose(emulator: Emulator, image: Image, progress: Progress) -> Accel:
    """`kvm` if a kernel boots with it, else `tcg`. Tested once per boot of this computer and qemu version."""
    if not accessible():
        return "tcg"
    question = {"boot": boot_id(), "qemu": emulator.version}

    def ask() -> bool:
        boots = _boots(emulator, image)
        if not boots:
            progress("/dev/kvm is there and boots nothing")
        return boots

    return "kvm" if verdict.kept("accel", question, ask) else "tcg"


def probe_command(emulator: Emulator, image: Image) -> list[str]:
    """Command for a VM with only a kernel: the kernel panics, and qemu exits because of -no-reboot."""
    machine, console = ("q35", "ttyS0") if emulator.arch == "amd64" else ("virt", "ttyAMA0")
    return [
        *emulator.system,
        *("-machine", machine, "-accel", "kvm", "-cpu", "host", "-smp", "1", "-m", "256"),
        *("-kernel", str(image.kernel), "-append", f"console={console} panic=-1"),
        *("-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"),
    ]


def _boots(emulator: Emulator, image: Image) -> bool:
    try:
        done = subprocess.run(
            probe_command(emulator, image),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PROBE_S,
        )
    except subprocess.TimeoutExpired:
        return False
    return b"Kernel panic" in done.stdout
