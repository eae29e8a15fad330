"""The preflight's rules about the mounts at the paths that binder-singlenode uses: kind and options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from binder_singlenode.layout import path_uses
from binder_singlenode.layout.path_uses import is_inside
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.queries.disks import PATHS as ASKED_FOR_WRITING

IN_MEMORY = ("tmpfs", "ramfs")
NO_OWNERS = ("vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "hfs", "hfsplus", "udf", "iso9660")
REMOTE = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "virtiofs",
    "ceph",
    "glusterfs",
    "afs",
    "lustre",
)
USER_SPACE = "fuse."

Place = tuple[str, str, str, frozenset[str]]
"""Path, mount point, kind of file system, mount options."""


def mounts(facts: Facts) -> Iterator[Problem]:
    """All problems of mounts."""
    found = list(_places(facts))
    yield from _options(found)
    yield from _kinds(found, fatal="k3s" not in facts.all("ours"))
    for target in facts.all("unmounted"):
        if any(is_inside(place, target) or is_inside(target, place) for place in path_uses.ALL):
            yield Problem(
                "/etc/fstab names a file system for it, which is not mounted",
                target,
                f"mount {target}, or take its line out of /etc/fstab",
            )
    for target in facts.all("xfs_without_types"):
        held = [path for path, mount, _, _ in found if mount == target and path in path_uses.DATA]
        if held:
            yield Problem(
                "xfs without ftype=1, on which images cannot be unpacked",
                f"{target} ({held[0]})",
                "make the file system again (mkfs.xfs -n ftype=1), or mount another one there",
            )


def _places(facts: Facts) -> Iterator[Place]:
    for row in facts.rows("place"):
        if len(row) == 4:
            path, mount, kind, options = row
            yield path, mount, kind, frozenset(options.split(","))


def _options(found: Iterable[Place]) -> Iterator[Problem]:
    for option, remount, paths, what in (
        ("noexec", "exec", path_uses.PROGRAMS, "no program can run there"),
        ("ro", "rw", path_uses.ALL, "nothing can be written there"),
    ):
        seen: dict[str, str] = {}
        for path, mount, _, options in found:
            if option in options and path in paths and not (option == "ro" and mount in ASKED_FOR_WRITING):
                seen.setdefault(mount, path)
        for mount, path in seen.items():
            yield Problem(
                f"mounted with {option}: {what}",
                f"{mount} ({path})",
                f"mount -o remount,{remount} {mount}, and change the option in /etc/fstab too",
            )


def _kinds(found: Iterable[Place], fatal: bool) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, mount, kind, _ in found:
        kept, log = path in path_uses.DATA, path in path_uses.LOGS
        what = _what(kind, kept)
        if what and (kept or log) and mount not in seen:
            seen.add(mount)
            yield Problem(
                f"the file system is {kind}: {what}",
                f"{mount} ({path})",
                "mount a local file system there: ext4, xfs or btrfs",
                fatal=fatal and kept,
            )


def _what(kind: str, kept: bool) -> str:
    if kind in IN_MEMORY:
        return "all of it is gone after a reboot"
    if kind in NO_OWNERS:
        return "it knows no owners and modes of files"
    if kept and (kind in REMOTE or kind.startswith(USER_SPACE)):
        return "databases, homes and times of last use need a local one"
    return ""
