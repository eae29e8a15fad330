"""What a VM boots from: a file system, a kernel and its initial RAM disk."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.layout.system import MACHINES


@dataclass(frozen=True)
class Image:
    """A built image."""

    folder: Path

    @property
    def disk(self) -> Path:
        """The ext4 file system, raw."""
        return self.folder / "disk.img"

    @property
    def kernel(self) -> Path:
        """The kernel."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """The initial RAM disk."""
        return self.folder / "initrd.img"

    def check(self) -> Image:
        """The image itself; VmError if a file of it is missing."""
        for part in (self.disk, self.kernel, self.initrd):
            if not part.is_file():
                raise VmError("the image of the VM is incomplete", where=str(part), hint="make the VM again")
        return self


def native_arch() -> str:
    """Debian's name of this computer's architecture; VmError if no VM image can be built for it."""
    machine = platform.machine()
    if machine not in MACHINES:
        raise VmError(f"throwaway VMs run on {' and '.join(MACHINES)}; this computer is {machine}")
    return MACHINES[machine]
