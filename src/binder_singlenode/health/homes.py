"""The homes of users in `status` (mode persistent): which are on the host, and which user has each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from binder_singlenode.layout.names import volume_name

NAMED = 5
"""At most this many unmounted homes are named in one sentence."""


@dataclass(frozen=True)
class Home:
    """One home: a file that contains its own file system."""

    name: str
    """The number NNN of its file NNN.img."""
    limit_bytes: int
    """Size of its file system; of its file while it is not mounted."""
    used_bytes: int | None
    """None: not mounted."""
    taken_bytes: int
    """Space that it uses on the host's disk: the file is sparse."""
    claim: str | None = None
    """The claim that names its user; "" when it is free, None when Kubernetes could not be queried."""


@dataclass(frozen=True)
class HomesUse:
    """All homes of a host, with totals."""

    wanted: int
    share_bytes: int
    """The most that all homes together may use of the disk."""
    taken_bytes: int
    existing: int
    mounted: int
    claimed: int | None
    """None: Kubernetes could not be queried."""
    homes: tuple[Home, ...]
    """The fullest first."""


def parse(files: str, mounts: str) -> tuple[Home, ...]:
    """Parse the lines of `stat -c '%n %s %b %B'`, and of `findmnt -rbno TARGET,SIZE,USED`."""
    room = {words[0]: (int(words[1]), int(words[2])) for words in map(str.split, mounts.splitlines())}
    return tuple(_home(*line.split(), room=room) for line in files.splitlines())


def _home(path: str, size: str, blocks: str, block: str, *, room: dict[str, tuple[int, int]]) -> Home:
    limit, used = room.get(path.removesuffix(".img"), (int(size), None))
    return Home(PurePosixPath(path).stem, limit, used, int(blocks) * int(block))


def together(found: tuple[Home, ...], wanted: int, share_bytes: int) -> HomesUse:
    """The homes of a host whose host file asks for `wanted` homes; without claims yet."""
    return HomesUse(
        wanted=wanted,
        share_bytes=share_bytes,
        taken_bytes=sum(home.taken_bytes for home in found),
        existing=len(found),
        mounted=sum(home.used_bytes is not None for home in found),
        claimed=None,
        homes=tuple(sorted(found, key=_part_used, reverse=True)),
    )


def _part_used(home: Home) -> float:
    return (home.used_bytes or 0) / home.limit_bytes if home.limit_bytes else 0.0


def claimed(use: HomesUse, claims: Mapping[str, str]) -> HomesUse:
    """`use` with the Kubernetes claims added. `claims`: volume name -> the claim bound to it."""
    homes = tuple(replace(home, claim=claims.get(volume_name(home.name), "")) for home in use.homes)
    return replace(use, homes=homes, claimed=sum(bool(home.claim) for home in homes))


def worries(use: HomesUse) -> list[str]:
    """Problems with the homes, one sentence each."""
    up = "run `binder-singlenode up`"
    lines = []
    if use.existing < use.wanted:
        lines.append(f"{use.existing} of {use.wanted} homes exist: {up}")
    astray = sorted(home.name for home in use.homes if home.used_bytes is None)
    if astray:
        names = ", ".join(astray[:NAMED]) + (", …" if len(astray) > NAMED else "")
        lines.append(f"{len(astray)} of {use.existing} homes are not mounted ({names}): {up}")
    return lines
