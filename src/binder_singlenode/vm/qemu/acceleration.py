"""Whether KVM works here, found out by booting: /dev/kvm may be there and still boot nothing."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Literal

from binder_singlenode.vm import Progress, cache
from binder_singlenode.vm.local.image import Image
from binder_singlenode.vm.local.process import boot_id
from binder_singlenode.vm.qemu.emulator import Emulator

Accel = Literal["kvm", "tcg"]

_DEVICE = Path("/dev/kvm")

# A kernel without a root file system panics about 2 s after its start under KVM.
_PROBE_S = 20


def accessible() -> bool:
    """Whether there is a /dev/kvm that this user may open."""
    return os.access(_DEVICE, os.R_OK | os.W_OK)


def choose(emulator: Emulator, image: Image, progress: Progress) -> Accel:
    """kvm when a kernel really boots under it, else tcg. Asked once per boot of this computer."""
    if not accessible():
        return "tcg"
    question = {"boot": boot_id(), "qemu": emulator.version}
    known = _cached(question)
    if known is None:
        known = "kvm" if _boots(emulator, image) else "tcg"
        _cache(question, known)
        if known == "tcg":
            progress("/dev/kvm is there and boots nothing")
    return known


def probe_command(emulator: Emulator, image: Image) -> list[str]:
    """A VM with a kernel and nothing else; it panics, and qemu ends because it may not reboot."""
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


def _verdict() -> Path:
    return cache.root() / "accel.json"


def _cached(question: dict[str, str]) -> Accel | None:
    try:
        known = json.loads(_verdict().read_text())
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(known, dict) or known.get("question") != question:
        return None
    return "kvm" if known.get("accel") == "kvm" else "tcg"


def _cache(question: dict[str, str], accel: Accel) -> None:
    staged = _verdict().with_suffix(f".{os.getpid()}")
    staged.write_text(json.dumps({"question": question, "accel": accel}))
    staged.replace(_verdict())
