"""Find qemu: the installed one or, if it is missing or too old, Debian 13's, unpacked into the cache."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Progress, cache, packages, programs
from binder_singlenode.vm.local.disk_image.image import native_arch

# qemu 7.2 (Debian 12) locks up within minutes with two emulated CPUs in two threads; 10 does not, and
# starts processes three times faster.
_OLDEST = 9

_SYSTEM = {"amd64": "qemu-system-x86_64", "arm64": "qemu-system-aarch64"}
_PACKAGES = {"amd64": "qemu-system-x86,seabios,qemu-utils", "arm64": "qemu-system-arm,qemu-utils"}
_LOADERS = {"amd64": "ld-linux-x86-64.so.2", "arm64": "ld-linux-aarch64.so.1"}
_LIBRARIES = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}


@dataclass(frozen=True)
class Emulator:
    """A usable qemu: its commands and version."""

    arch: str
    system: tuple[str, ...]
    """The command that runs a VM, without its options."""
    img: tuple[str, ...]
    """The command qemu-img."""
    version: str


def ensure(progress: Progress) -> Emulator:
    """A recent enough qemu; VmError if none is installed and none can be unpacked."""
    arch = native_arch()
    return installed(arch) or _unpacked(arch, progress)


def installed(arch: str) -> Emulator | None:
    system, img = programs.which(_SYSTEM[arch]), programs.which("qemu-img")
    if not system or not img:
        return None
    version = version_line((system,))
    if int(version.split(".")[0]) < _OLDEST:
        return None
    return Emulator(arch, (system,), (img,), version)


def version_line(system: tuple[str, ...]) -> str:
    line = programs.run([*system, "--version"], "asking qemu for its version", timeout_s=30)
    found = re.search(r"version (\d+\.\d+\S*)", line)
    if not found:
        raise VmError(f"qemu does not tell its version: {line.splitlines()[:1]}", where=system[0])
    return found[1]


def _unpacked(arch: str, progress: Progress) -> Emulator:
    """Debian 13's qemu, unpacked into the cache; nothing is installed on this computer."""

    def make(staging: Path) -> None:
        _unpack(arch, staging, progress)

    return relocated(arch, cache.made_once(cache.root() / f"qemu-trixie-{arch}", make, progress))


def _unpack(arch: str, staging: Path, progress: Progress) -> None:
    programs.require(["mmdebstrap", "debian-archive-keyring"], progress)
    progress("no qemu 9 or newer here: unpacking Debian 13's into the cache (once, about 20 s)")
    packages.unpack("qemu", staging, arch, _PACKAGES[arch], "trixie")


def relocated(arch: str, folder: Path) -> Emulator:
    """The unpacked programs, run with their own dynamic loader because this computer's libc may be older."""
    libraries = folder / "usr/lib" / _LIBRARIES[arch]
    loader = (str(libraries / _LOADERS[arch]), "--library-path", str(libraries))
    system = (*loader, str(folder / "usr/bin" / _SYSTEM[arch]))
    data = [word for sub in ("qemu", "seabios") for word in ("-L", str(folder / "usr/share" / sub))]
    img = (*loader, str(folder / "usr/bin/qemu-img"))
    return Emulator(arch, (*system, *data), img, version_line(system))
