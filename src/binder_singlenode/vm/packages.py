"""Debian's packages as files in a folder: nothing is installed on this computer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from binder_singlenode.vm import programs


def mode() -> str:
    """mmdebstrap's option for who runs it: root, or anybody else in a user namespace."""
    return f"--mode={'root' if os.geteuid() == 0 else 'unshare'}"


def unpack(what: str, folder: Path, arch: str, include: str, suite: str, sources: Sequence[str] = ()) -> None:
    """Unpack packages (separated by commas) and all that they need. VmError when they cannot be had."""
    archive = folder / "root.tar"
    words = ["mmdebstrap", mode(), "--variant=extract", f"--architectures={arch}", f"--include={include}"]
    programs.run([*words, suite, archive, *sources], f"unpacking {what}", hint=programs.MIRROR_HINT)
    programs.run(
        ["tar", "-x", "-f", archive, "-C", folder, "--no-same-owner", "--exclude=./dev/*"],
        f"unpacking {what}",
    )
    archive.unlink()
