"""passt, the network of a VM in user-mode Linux: from Debian's packages, unpacked into the cache."""

from __future__ import annotations

from pathlib import Path

from binder_singlenode.vm import Progress, cache, packages, programs
from binder_singlenode.vm.uml.kernel import BACKPORTS, SUITE, sources


def ensure(progress: Progress) -> Path:
    """The folder with passt and its libraries; nothing is installed. VmError if they cannot be unpacked."""

    def make(staging: Path) -> None:
        programs.require(["mmdebstrap", "debian-archive-keyring"], progress)
        progress("unpacking passt from Debian's packages (once, some seconds)")
        packages.unpack("passt", staging, "amd64", f"passt/{BACKPORTS},libc6", SUITE, sources())

    return cache.made_once(cache.root() / f"passt-{BACKPORTS}", make, progress)
