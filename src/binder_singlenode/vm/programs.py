"""Programs that creating VMs requires: find them, install them if root, or name the missing packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Progress

# For each package what it is needed for: a program on PATH, or a file that matches a pattern.
PACKAGES: Mapping[str, str] = {
    "mmdebstrap": "mmdebstrap",
    "e2fsprogs": "mkfs.ext4",
    "openssh-client": "ssh-keygen",
    "debian-archive-keyring": "/usr/share/keyrings/debian-archive-keyring.*",
    "uidmap": "newuidmap",
}

MIRROR_HINT = "packages come from Debian's mirror: it must be reachable from here; then try again"

# Debian installs mkfs and similar programs in folders that are not on an ordinary user's PATH.
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def search_path() -> str:
    """PATH, and the folders of system programs."""
    return f"{os.environ.get('PATH', os.defpath)}:{_SBIN}"


def which(program: str) -> str | None:
    """Path of the program, searched in system folders too; None if it is not found."""
    return shutil.which(program, path=search_path())


def present(package: str) -> bool:
    """Whether the program or file that the package is needed for exists."""
    need = PACKAGES[package]
    if need.startswith("/"):
        return any(Path(need).parent.glob(Path(need).name))
    return which(need) is not None


def require(packages: Iterable[str], progress: Progress) -> None:
    """Ensure that the packages' programs exist. Root on Debian: install missing ones; otherwise VmError."""
    missing = [package for package in packages if not present(package)]
    if not missing:
        return
    if os.geteuid() == 0 and which("apt-get"):
        _install(missing, progress)
        missing = [package for package in missing if not present(package)]
    if missing:
        names = ", ".join(Path(PACKAGES[package]).name for package in missing)
        raise VmError(
            f"throwaway VMs need what is not installed here: {names}",
            hint=f"sudo apt-get install {' '.join(missing)}",
        )


def _install(packages: Sequence[str], progress: Progress) -> None:
    progress(f"installing on this computer: {' '.join(packages)} (apt-get)")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "-q", "update"], "refreshing apt's lists", env=quiet)
    run(["apt-get", "-qy", "--no-install-recommends", "install", *packages], "installing packages", env=quiet)


def run(
    argv: Sequence[str | Path],
    what: str,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout_s: float = 1800,
    hint: str | None = None,
) -> str:
    """Run a program and return its stdout; VmError with the last lines of its output if it fails."""
    environment = {**(os.environ if env is None else env), "PATH": search_path()}
    try:
        done = subprocess.run(
            [str(arg) for arg in argv],
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            cwd=cwd,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise VmError(f"{what}: {argv[0]} did not end within {timeout_s:.0f} s") from error
    except OSError as error:
        raise VmError(f"{what}: {argv[0]} could not be started: {error.strerror}") from error
    if done.returncode != 0:
        said = tail(done.stderr or done.stdout)
        raise VmError(f"{what}: {argv[0]} ended with {done.returncode}\n{said}", hint=hint)
    return done.stdout


def tail(text: str, lines: int = 12) -> str:
    """The last lines of `text`, indented for an error message."""
    return "\n".join(f"    {line.rstrip()}" for line in text.strip().splitlines()[-lines:])
