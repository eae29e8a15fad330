"""Check in advance that one more VM fits on this computer, to avoid the kernel's out-of-memory killer."""

from __future__ import annotations

from pathlib import Path

from binder_singlenode.base.units import GIB, MIB, human_bytes
from binder_singlenode.errors import VmError
from binder_singlenode.vm import VmSpec
from binder_singlenode.vm.local.disk_image.recipe import BASE_BYTES

# Debian with a control plane does not boot with less; a smaller value is probably a wrong unit.
_LEAST_MEMORY_BYTES = 512 * MIB


def check_spec(spec: VmSpec) -> None:
    """VmError listing every size that is too small."""
    wrong = []
    if spec.memory_bytes < _LEAST_MEMORY_BYTES:
        wrong.append(f"--memory must be at least {_LEAST_MEMORY_BYTES // MIB}M")
    if spec.disk_bytes < BASE_BYTES:
        wrong.append(f"--disk must be at least {BASE_BYTES // GIB}G")
    if spec.cpus < 1:
        wrong.append("--cpus must be at least 1")
    if wrong:
        raise VmError("; ".join(wrong))


def check_memory(asked_bytes: int, overhead_bytes: int, promised_bytes: int = 0) -> None:
    """VmError, with the missing amount, if this computer has too little memory.

    overhead_bytes: memory that the engine needs in addition to the VM's memory.
    promised_bytes: memory that running VMs may still take.
    """
    needed = asked_bytes + overhead_bytes
    available = available_bytes() - promised_bytes
    if needed > available:
        most = max(0, available - overhead_bytes) // MIB
        raise VmError(
            f"a VM of {human_bytes(asked_bytes)} needs {human_bytes(needed)} of memory on this computer and "
            f"{human_bytes(max(0, available))} are free: {human_bytes(needed - available)} too little",
            hint=f"a smaller VM (up to {most} MiB), or destroy another one",
        )


def available_bytes() -> int:
    """MemAvailable of /proc/meminfo: memory available without swapping (proc(5); its kB are KiB)."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise VmError("the kernel does not tell how much memory is free", where="/proc/meminfo")
