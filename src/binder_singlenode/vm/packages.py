"""Unpack Debian packages into a folder, without installing them on this computer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from binder_singlenode.vm import programs


def mode() -> str:
    """mmdebstrap's mode option: `root`, or `unshare` (a user namespace) for other users."""
    return f"--mode={'root' if os.geteuid() == 0 else 'unshare'}"


def unpack(what: str, folder: Path, arch: str, include: str, suite: str, sources: Sequence[str] = ()) -> None:
    """Unpack packages (comma-separated) and their dependencies. VmError if that fails."""
    archive = folder / "root.tar"
    words = ["mmdebstrap", mode(), "--variant=extract", f"--architectures={arch}", f"--include={include}"]
    programs.run([*words, suite, archive, *sources], f"unpacking {what}", hint=programs.MIRROR_HINT)
    programs.run(
        ["tar", "-x", "-f", archive, "-C", folder, "--no-same-owner", "--exclude=./dev/*"],
        f"unpacking {what}",
    )
    archive.unlink()
