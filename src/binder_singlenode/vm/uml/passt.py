"""passt, the network of a VM in user-mode Linux: from Debian's packages, unpacked into the cache."""

from __future__ import annotations

import os
from pathlib import Path

from binder_singlenode.vm import Progress, cache, programs
from binder_singlenode.vm.uml.kernel import BACKPORTS, SUITE, sources


def ensure(progress: Progress) -> Path:
    """The folder with passt and its libraries; nothing is installed. VmError when it cannot be had."""

    def make(staging: Path) -> None:
        programs.require(["mmdebstrap", "debian-archive-keyring"], progress)
        progress("unpacking passt from Debian's packages (once, some seconds)")
        archive = staging / "root.tar"
        mode = "root" if os.geteuid() == 0 else "unshare"
        argv = ["mmdebstrap", f"--mode={mode}", "--variant=extract", "--include", f"passt/{BACKPORTS},libc6"]
        programs.run([*argv, SUITE, archive, *sources()], "unpacking passt", hint=programs.MIRROR_HINT)
        words: list[str | Path] = ["-xf", archive, "-C", staging, "--no-same-owner", "--exclude=./dev/*"]
        programs.run(["tar", *words], "unpacking passt")
        archive.unlink()

    return cache.made_once(cache.root() / f"passt-{BACKPORTS}", make, progress)
