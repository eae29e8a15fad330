"""The preflight's rules about what a path really is: a link, a file, a folder without access.

mounts.py judges the file systems at the paths, disks.py their room.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from binder_singlenode.layout import path_uses
from binder_singlenode.layout.path_uses import is_inside
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem

MEASURED = (*path_uses.DATA, *path_uses.LOGS)
_OCTAL = re.compile("[0-7]{1,6}")
PASS = 0o001
"""Mode bit: users other than owner and group may pass the folder."""


def places(facts: Facts) -> Iterator[Problem]:
    """Links, files in the place of folders, attributes, and modes."""
    yield from links(facts)
    for path, kind in _rows(facts, "no_folder", 2):
        yield Problem(
            f"is a {kind}, and a folder is needed there",
            path,
            "look at what it is; then move it away, and run the same command again",
        )
    yield from _attributes(facts)
    yield from _modes(facts)


def links(facts: Facts) -> Iterator[Problem]:
    """Links on the way to data: `du` and `find` do not follow them, and mounts have other names.

    Only a warning on a host that binder-singlenode has set up: `up` must be able to repair it.
    """
    ours = "k3s" in facts.all("ours")
    for path, target, real in _rows(facts, "link", 3):
        if not real:
            yield Problem(
                f"is a symbolic link to {target}, which does not exist",
                path,
                "mount or make what it leads to, or remove the link",
            )
        elif any(is_inside(place, path) for place in MEASURED):
            yield Problem(
                f"is a symbolic link to {real}: what lies behind it is neither counted nor cleaned",
                path,
                _mount_instead(path, real, ours),
                fatal=not ours,
            )


def _mount_instead(path: str, real: str, ours: bool) -> str:
    line = f"{_fstab(real)} {_fstab(path)} none bind 0 0"
    first = "systemctl disable --now k3s; " if ours else ""
    last = "reboot, then `up`" if ours else f"then: mount {path}"
    return (
        f"mount that folder instead of linking it: {first}rm {path} && mkdir {path},"
        f' add the line "{line}" to /etc/fstab, {last}'
    )


def _fstab(path: str) -> str:
    return path.replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011")


def _attributes(facts: Facts) -> Iterator[Problem]:
    for path, _, flags in _rows(facts, "folder", 3):
        found = [name for flag, name in (("i", "immutable"), ("a", "append-only")) if flag in flags]
        if found:
            yield Problem(
                f"has the attribute {' and '.join(found)}, so nothing can be changed or removed there",
                path,
                f"chattr -ia {path}",
            )


def _modes(facts: Facts) -> Iterator[Problem]:
    for path, mode, _ in _rows(facts, "folder", 3):
        on_the_way = any(is_inside(place, path) for place in path_uses.ENTRY_PASSES)
        if on_the_way and _OCTAL.fullmatch(mode) and not int(mode, 8) & PASS:
            yield Problem(
                f"has mode {mode}: the entry (Caddy) does not run as root, and cannot pass it",
                path,
                f"chmod o+x {path}",
            )


def _rows(facts: Facts, key: str, count: int) -> Iterator[list[str]]:
    """The rows of a key, with missing values as ""."""
    for row in facts.rows(key):
        yield (row + [""] * count)[:count]
