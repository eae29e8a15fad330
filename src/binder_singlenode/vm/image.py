"""The disk image of a bare Debian, built from packages and cached: what every VM's disk lies on.

A folder of the cache, named by the content of its recipe, holds disk.img (one ext4 file system, sparse),
vmlinuz and initrd.img (booted directly: no boot loader, no firmware menu) and recipe.json. It is built in
a folder beside it and renamed, so a build that is killed leaves nothing that looks like an image.
"""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import io
import json
import os
import platform
import shlex
import shutil
import subprocess
import tarfile
import time
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.state import cache_dir
from binder_singlenode.vm import Progress, tools

ARCHES = {"x86_64": "amd64", "aarch64": "arm64"}
RELEASES = ("trixie", "bookworm")

# No container software: what is installed beyond this on a host, the product installs.
_PACKAGES = (
    *("systemd-sysv", "systemd-resolved", "systemd-timesyncd", "dbus", "udev", "kmod", "procps"),
    *("iproute2", "openssh-server", "sudo", "ca-certificates", "curl", "nftables", "iptables", "conntrack"),
)

# Size of the file system in the cache; it grows to the VM's disk at boot (systemd-growfs).
BASE_BYTES = 4 * 1024**3

_HOOKS = (
    # Every VM gets a host key of its own; nothing of the image may pass for one.
    'rm -f "$1"/etc/ssh/ssh_host_*',
    'systemctl --root="$1" --quiet enable'
    " systemd-networkd systemd-resolved systemd-timesyncd ssh binder-seed",
    # Nothing may hold apt's lock or the CPU at a moment of its own choosing.
    'systemctl --root="$1" --quiet mask'
    " apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer",
)

# Runs as root, or as root of a user namespace: owners are those of the archive. mkfs reads a folder only
# (reading archives came with e2fsprogs 1.47.1). An empty machine-id is filled at boot, without the
# questions of a "first boot". The disk leaves through stdout: its folder belongs to the outer user.
_PACK = """
set -eu
exec 3>&1 >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
tar -x --numeric-owner --exclude='./dev/*' -C "$work/root"
: >"$work/root/etc/machine-id"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$work/root/etc/resolv.conf"
mkfs.ext4 -q -F -L binder-root -E lazy_itable_init=1,lazy_journal_init=1 -d "$work/root" "$work/disk" "$1"
dd if="$work/disk" bs=1M conv=sparse status=none >&3
"""


@dataclass(frozen=True)
class Recipe:
    """All that decides what is in an image."""

    release: str
    arch: str
    packages: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    """Files of ours in the guest: path and content."""
    hooks: tuple[str, ...] = _HOOKS
    """Run by mmdebstrap at the end, with the root folder as $1."""
    script: str = _PACK
    """Makes a disk of the archive."""

    @property
    def key(self) -> str:
        """The name of the image in the cache."""
        digest = hashlib.sha256(json.dumps(dataclasses.asdict(self)).encode()).hexdigest()
        return f"debian-{self.release}-{self.arch}-{digest[:12]}"


@dataclass(frozen=True)
class Image:
    """A built image."""

    folder: Path

    @property
    def disk(self) -> Path:
        """The ext4 file system, raw."""
        return self.folder / "disk.img"

    @property
    def kernel(self) -> Path:
        """The kernel."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """The initial RAM disk."""
        return self.folder / "initrd.img"

    def check(self) -> Image:
        """The image itself; VmError when a part of it is missing."""
        for part in (self.disk, self.kernel, self.initrd):
            if not part.is_file():
                raise VmError("the image of the VM is incomplete", where=str(part), hint="make the VM anew")
        return self


def cache_root() -> Path:
    """Where images and unpacked emulators are kept: XDG cache folder, vm."""
    return cache_dir() / "vm"


def native_arch() -> str:
    """Debian's name of this computer's architecture; VmError when no VM image is made for it."""
    machine = platform.machine()
    if machine not in ARCHES:
        raise VmError(f"throwaway VMs run on {' and '.join(ARCHES)}; this computer is {machine}")
    return ARCHES[machine]


def recipe(release: str, arch: str) -> Recipe:
    """The recipe of the bare VM."""
    if release not in RELEASES:
        raise VmError(f"no VM image of Debian {release!r} is made", hint=f"one of: {', '.join(RELEASES)}")
    packages = (f"linux-image-cloud-{arch}", *_PACKAGES)
    return Recipe(release, arch, packages, tuple(_guest_files(resources.files(__package__) / "guest", "")))


def _guest_files(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    files: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}/{entry.name}".lstrip("/")
        files += _guest_files(entry, path) if entry.is_dir() else [(path, entry.read_text())]
    return files


def ensure(wanted: Recipe, progress: Progress) -> Image:
    """The image of a recipe, from the cache or built now; two builders: the second waits for the first."""
    images = cache_root() / "images"
    final = Image(images / wanted.key)
    if final.folder.is_dir():
        return final.check()
    images.mkdir(parents=True, exist_ok=True)
    handle = os.open(images / f".{wanted.key}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(handle, progress)
        if not final.folder.is_dir():
            staging = images / f".{wanted.key}.staging"
            shutil.rmtree(staging, ignore_errors=True)  # of a build that was killed
            staging.mkdir()
            _build(wanted, Image(staging), progress)
            staging.rename(final.folder)
    finally:
        os.close(handle)
    return final.check()


def _lock(handle: int, progress: Progress) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        progress("waiting for another program that builds the same image")
        fcntl.flock(handle, fcntl.LOCK_EX)


def _build(wanted: Recipe, image: Image, progress: Progress) -> None:
    began = time.monotonic()
    needed = ["mmdebstrap", "e2fsprogs", "debian-archive-keyring"]
    tools.require(needed if os.geteuid() == 0 else [*needed, "uidmap"], progress)
    progress(f"building a bare Debian ({wanted.release}, {wanted.arch}) from packages: once, 1 to 3 minutes")
    archive = image.folder / "root.tar"
    _packages_to_tar(wanted, image.folder, archive)
    _boot_files(archive, image)
    progress("writing its file system")
    _tar_to_disk(archive, image.disk)
    archive.unlink()
    (image.folder / "files.tar").unlink()
    (image.folder / "recipe.json").write_text(json.dumps(dataclasses.asdict(wanted), indent=1) + "\n")
    progress(f"image {wanted.key} built in {time.monotonic() - began:.0f} s")


def _packages_to_tar(wanted: Recipe, folder: Path, archive: Path) -> None:
    files = folder / "files.tar"
    _write_files(wanted, files)
    mode = "root" if os.geteuid() == 0 else "unshare"
    tools.run(
        [
            *("mmdebstrap", f"--mode={mode}", "--variant=minbase", f"--architectures={wanted.arch}"),
            f"--include={','.join(wanted.packages)}",
            f"--customize-hook=tar-in {shlex.quote(str(files))} /",
            *(f"--customize-hook={hook}" for hook in wanted.hooks),
            *(wanted.release, archive),
        ],
        f"building Debian {wanted.release} from packages",
    )


def _write_files(wanted: Recipe, target: Path) -> None:
    with tarfile.open(target, "w") as archive:
        for path, content in wanted.files:
            entry = tarfile.TarInfo(path)  # root's, 0644
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))


def _boot_files(archive: Path, image: Image) -> None:
    found: dict[Path, bytes] = {}
    with tarfile.open(archive) as entries:
        for entry in entries:
            name = Path(entry.name)
            if name.parent.name == "boot" and name.name.startswith(("vmlinuz-", "initrd.img-")):
                content = entries.extractfile(entry)
                assert content is not None, "a regular file"
                found[image.kernel if name.name.startswith("vmlinuz") else image.initrd] = content.read()
    for target in (image.kernel, image.initrd):
        if target not in found:
            raise VmError(f"the packages brought no {target.name}", where=str(archive))
        target.write_bytes(found[target])


def _tar_to_disk(archive: Path, disk: Path) -> None:
    helper = [] if os.geteuid() == 0 else ["mmdebstrap", "--unshare-helper"]
    with archive.open("rb") as source, disk.open("wb") as target:
        done = subprocess.run(
            [*helper, "sh", "-c", _PACK, "pack", f"{BASE_BYTES // 1024}k"],
            stdin=source,
            stdout=target,
            stderr=subprocess.PIPE,
            env={**os.environ, "PATH": tools.search_path()},
        )
        target.truncate(BASE_BYTES)
    if done.returncode != 0:
        reason = tools.tail(done.stderr.decode(errors="replace"))
        raise VmError(f"writing the file system of the image failed\n{reason}")
