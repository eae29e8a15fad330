"""Whether user-mode Linux works on this computer: first by what can be looked up, then by booting."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from binder_singlenode.vm import cache, programs
from binder_singlenode.vm.local.process import boot_id
from binder_singlenode.vm.uml import kernel, sandbox
from binder_singlenode.vm.uml.kernel import Kernel

# It panics for want of a root file system half a second after its start.
_BOOT_LIMIT_S = 30


def obstacle() -> str | None:
    """Why it cannot work here, as the end of a sentence; None when nothing speaks against it."""
    if platform.machine() != "x86_64":
        return f"it is built for x86_64, and this is {platform.machine()}"
    if not sandbox.can_cut_off():
        return "this computer allows no network namespace, so its VMs could not be cut off"
    return None if kernel.cached() else _obstacle_to_building()


def _obstacle_to_building() -> str | None:
    if not _debian_like():
        return "its kernel is built with Debian's tools, and this is neither Debian nor Ubuntu"
    if programs.which("mmdebstrap") is None and os.geteuid() != 0:
        return "its kernel is built with mmdebstrap, which is not installed"
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < kernel.NEEDED_BYTES:
        return f"building its kernel needs {kernel.NEEDED_BYTES >> 30} GiB in {tempfile.gettempdir()}"
    return None


def _debian_like() -> bool:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return False
    return "debian" in (release.get("ID", ""), *release.get("ID_LIKE", "").split())


def boots(built: Kernel) -> bool:
    """Whether the kernel starts here; asked once per boot of this computer."""
    question = {"boot": boot_id(), "kernel": built.folder.name}
    known = _known(question)
    if known is None:
        known = _boots(built)
        staged = _verdict().with_suffix(f".{os.getpid()}")
        staged.write_text(json.dumps({"question": question, "boots": known}))
        staged.replace(_verdict())
    return known


def _boots(built: Kernel) -> bool:
    words = ["mem=64M", "con=null", "con0=null,fd:1", "ssl=null", "seccomp=on", "noreboot", "panic=-1"]
    with tempfile.TemporaryDirectory() as scratch:
        try:
            done = subprocess.run(
                [str(built.program), *words, f"uml_dir={scratch}/"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_BOOT_LIMIT_S,
            )
        except (subprocess.TimeoutExpired, OSError):
            return False
    return b"Kernel panic - not syncing: VFS" in done.stdout + done.stderr


def _verdict() -> Path:
    return cache.root() / "uml.json"


def _known(question: dict[str, str]) -> bool | None:
    try:
        known = json.loads(_verdict().read_text())
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(known, dict) or known.get("question") != question:
        return None
    return known.get("boots") is True
