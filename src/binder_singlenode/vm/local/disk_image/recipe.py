"""Content of the bare Debian image: packages, binder-singlenode's files, final commands.

The recipe's digest names the image in the cache: if the recipe changes, a new image is built.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from binder_singlenode.errors import VmError

RELEASES = ("trixie", "bookworm")

# No container software: binder-singlenode installs everything else that a host needs.
_PACKAGES = (
    *("systemd-sysv", "systemd-resolved", "systemd-timesyncd", "dbus", "udev", "kmod", "procps"),
    *("iproute2", "openssh-server", "sudo", "ca-certificates", "curl", "nftables", "iptables", "conntrack"),
    "e2fsprogs",  # every cloud's image has it
)

# Size of the file system in the cache; it grows to the VM's disk at boot (systemd-growfs).
BASE_BYTES = 4 * 1024**3

_HOOKS = (
    # Every VM gets its own host key, so the image must not contain one.
    'rm -f "$1"/etc/ssh/ssh_host_*',
    'systemctl --root="$1" --quiet enable'
    " systemd-networkd systemd-resolved systemd-timesyncd ssh binder-seed binder-uml",
    # No timer may take apt's lock or the CPU at an unexpected time.
    'systemctl --root="$1" --quiet mask'
    " apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer",
)

# Runs as root, or as root of a user namespace, to keep the file owners of the archive. mkfs gets a folder
# (it reads archives only since e2fsprogs 1.47.1). An empty machine-id is filled at boot, without the
# questions of a "first boot". The disk goes to stdout: its folder belongs to the user outside the namespace.
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
    """Everything that determines the content of an image."""

    release: str
    arch: str
    packages: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    """binder-singlenode's files in the guest: path and content."""
    hooks: tuple[str, ...] = _HOOKS
    """Run by mmdebstrap at the end, with the root folder as $1."""
    script: str = _PACK
    """Shell script that makes a disk from the archive."""

    @property
    def key(self) -> str:
        """The name of the image in the cache."""
        digest = hashlib.sha256(json.dumps(dataclasses.asdict(self)).encode()).hexdigest()
        return f"debian-{self.release}-{self.arch}-{digest[:12]}"


def recipe(release: str, arch: str) -> Recipe:
    """The recipe of the bare Debian image; VmError for an unknown release."""
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
