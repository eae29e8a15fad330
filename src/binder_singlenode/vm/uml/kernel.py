"""The kernel of user-mode Linux: built once from Debian's newest kernel source, and cached."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Progress, cache, packages, programs
from binder_singlenode.vm.uml.progress import CompileProgress

SUITE = "trixie"
BACKPORTS = "trixie-backports"
"""Debian 13's own 6.12 has no seccomp mode and no SMP for ARCH=um; 7.3 of backports has both."""
_MIRROR = "http://deb.debian.org/debian"
PACKAGES = (
    *(
        "gcc",
        "make",
        "patch",
        "libc6-dev",
        "flex",
        "bison",
        "bc",
        "perl",
        "kmod",
        "xz-utils",
        "libelf-dev",
        "libssl-dev",
    ),
    f"linux-source/{BACKPORTS}",  # depends on the newest linux-source-X.Y
)
_INPUTS = ("build.sh", "config", "cpus.patch", "mappings.patch")
"""In the folder linux/ next to this file."""
NEEDED_BYTES = 5 * 1024**3
"""Disk space for temporary files of the build: source and objects (3.6 GB measured)."""
_LIMIT_S = 3 * 3600


@dataclass(frozen=True)
class Kernel:
    """A built kernel: a folder of the cache."""

    folder: Path

    @property
    def program(self) -> Path:
        """The kernel, a statically linked executable."""
        return self.folder / "linux"

    @property
    def modules(self) -> Path:
        """An ext4 image with the kernel's modules: the content of /usr/lib/modules."""
        return self.folder / "modules.img"

    @property
    def package(self) -> str:
        """The source package and its version, such as `linux-source-7.3 7.3.4-1~bpo13+1`."""
        return (self.folder / "package").read_text().strip()


def sources() -> tuple[str, ...]:
    """apt source lines for Debian 13 with backports."""
    return tuple(f"deb {_MIRROR} {suite} main" for suite in (SUITE, BACKPORTS))


def resource(name: str) -> str:
    return (resources.files(__package__) / "linux" / name).read_text()


def recipe_digest() -> str:
    """Digest of all inputs of the kernel except its source: configuration, patches, packages, script."""
    parts = (*map(resource, _INPUTS), *PACKAGES, SUITE, BACKPORTS)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def root() -> Path:
    return cache.root() / "uml"


def cached() -> Kernel | None:
    """The latest kernel built with this recipe, or None. A newer source alone does not cause a rebuild."""
    folders = root().glob(f"kernel-{recipe_digest()}-*")
    found = [each for each in map(Kernel, folders) if each.program.exists()]  # written last: see _build
    return max(found, key=lambda each: each.program.stat().st_mtime) if found else None


def ensure(progress: Progress) -> Kernel:
    """The kernel, from the cache or built now. Only one build runs at a time; other processes wait for it.

    Raises VmError if the source cannot be downloaded or does not compile.
    """
    if known := cached():
        return known
    with cache.locked(root() / f".kernel-{recipe_digest()}.lock", "the kernel for user-mode Linux", progress):
        return cached() or _build(progress)


def _build(progress: Progress) -> Kernel:
    needed = ["mmdebstrap", "e2fsprogs", "debian-archive-keyring"]
    programs.require(needed if os.geteuid() == 0 else [*needed, "uidmap"], progress)
    progress(
        "building a kernel for user-mode Linux from Debian's linux-source, once: 10 minutes on two idle"
        " cores, 20 on busy ones"
    )
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=root(), prefix=".building-") as scratch:
        staging = Path(scratch)
        _compile(staging, progress)
        _modules_image(staging)
        version = re.sub(r"[^\w.+~-]", "_", Kernel(staging).package.split()[-1])
        final = root() / f"kernel-{recipe_digest()}-{version}"
        final.mkdir(exist_ok=True)  # moved file by file: TemporaryDirectory removes its own folder
        for part in ("package", "config", "modules.img", "linux"):  # the program last: see cached
            (staging / part).rename(final / part)
    progress(f"kernel built in {time.monotonic() - began:.0f} s ({Kernel(final).package})")
    return Kernel(final)


def _compile(staging: Path, progress: Progress) -> None:
    """Compile in a temporary Debian that mmdebstrap creates, as root or in a user namespace."""
    for name in _INPUTS:
        (staging / name).write_text(resource(name))
    argv = [
        *("nice", "-n", "5", "mmdebstrap", packages.mode(), "--variant=minbase", "--format=null"),
        f"--include={','.join(PACKAGES)}",
        '--customize-hook=mkdir "$1/input"',
        *(f"--customize-hook=upload {staging / name} /input/{name}" for name in _INPUTS),
        '--customize-hook=chroot "$1" sh /input/build.sh',
        *(
            f"--customize-hook=download /out/{name} {staging / name}"
            for name in ("package", "config", "modules.tar", "linux")
        ),
        *(SUITE, "/dev/null", *sources()),
    ]
    _run(argv, CompileProgress(progress))
    (staging / "linux").chmod(0o755)


def _run(argv: list[str], lines: CompileProgress) -> None:
    environment = {**os.environ, "PATH": programs.search_path()}
    with subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as building:
        assert building.stdout is not None
        watchdog = threading.Timer(_LIMIT_S, building.terminate)
        watchdog.start()
        try:
            for line in building.stdout:
                lines.read(line)
        except BaseException:
            building.terminate()  # mmdebstrap then removes its temporary folder
            raise
        finally:
            watchdog.cancel()
    if building.returncode != 0:
        raise VmError(
            f"the kernel for user-mode Linux could not be built\n{programs.tail(lines.last_lines)}",
            hint=programs.MIRROR_HINT,
        )


def _modules_image(staging: Path) -> None:
    folder, archive, image = staging / "modules", staging / "modules.tar", staging / "modules.img"
    folder.mkdir()
    programs.run(["tar", "-xf", archive, "-C", folder, "--no-same-owner"], "unpacking modules")
    words = ["-q", "-F", "-L", "binder-modules", "-O", "^has_journal", "-d", str(folder), str(image), "8192k"]
    programs.run(["mkfs.ext4", *words], "writing the modules' disk")
    image.chmod(0o644)  # regardless of the umask: a VM started by root reads it as another user
