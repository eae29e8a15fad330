"""Test whether user-mode Linux works on this computer: check its requirements, then boot a kernel."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile

from binder_singlenode.vm import programs
from binder_singlenode.vm.local import verdict
from binder_singlenode.vm.local.process import boot_id
from binder_singlenode.vm.uml import kernel, sandbox
from binder_singlenode.vm.uml.kernel import Kernel

# Without a root file system the kernel panics half a second after its start.
_BOOT_LIMIT_S = 30


def obstacle() -> str | None:
    """Why user-mode Linux cannot work here, as the end of a sentence; None if there is no known obstacle."""
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
    """Whether the kernel boots here; tested once per boot of this computer and kernel version."""
    question = {"boot": boot_id(), "kernel": built.folder.name}
    return verdict.kept("uml", question, lambda: _boots(built))


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
