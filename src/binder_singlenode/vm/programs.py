"""Programs of this computer that VMs are made with: found, installed when root, or named."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Progress

# What a package is needed for: a program on PATH, or a file that matches a pattern.
PACKAGES: Mapping[str, str] = {
    "mmdebstrap": "mmdebstrap",
    "e2fsprogs": "mkfs.ext4",
    "openssh-client": "ssh-keygen",
    "debian-archive-keyring": "/usr/share/keyrings/debian-archive-keyring.*",
    "uidmap": "newuidmap",
}

MIRROR_HINT = "packages come from Debian's mirror: it must be reachable from here; then try again"

# Debian keeps mkfs and friends where the PATH of people does not look.
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def search_path() -> str:
    """PATH, and the folders of system programs."""
    return f"{os.environ.get('PATH', os.defpath)}:{_SBIN}"


def which(program: str) -> str | None:
    """Where the program is, system folders included."""
    return shutil.which(program, path=search_path())


def present(package: str) -> bool:
    """Whether what the package is needed for is there."""
    need = PACKAGES[package]
    if need.startswith("/"):
        return any(Path(need).parent.glob(Path(need).name))
    return which(need) is not None


def require(packages: Iterable[str], progress: Progress) -> None:
    """See that the packages' programs are there: root on a Debian gets them installed, others a VmError."""
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
    """Run a program to its end and return its stdout; VmError with its last lines when it fails."""
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
    """The last lines, indented, for a message."""
    return "\n".join(f"    {line.rstrip()}" for line in text.strip().splitlines()[-lines:])
