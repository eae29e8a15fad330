"""Disk space for the homes of users in mode persistent."""

from __future__ import annotations

from dataclasses import replace

from binder_singlenode.base.units import human_bytes
from binder_singlenode.config import Host
from binder_singlenode.errors import SizingError
from binder_singlenode.layout.shares import Share
from binder_singlenode.sizing.disk import FileSystem

MOST_PERCENT = 50
"""Limit of the homes in percent of the disk; the release's images and built images need the rest."""


def promised_bytes(host: Host) -> int:
    """Maximum size of all homes. Their files are sparse, so the other shares must leave this space free."""
    return host.home.users * host.home.size_bytes if host.persistent else 0


def beside(file_systems: tuple[FileSystem, ...], host: Host) -> tuple[FileSystem, ...]:
    """`file_systems`, with homes_bytes set on the one with the registry: the homes lie on the same one."""
    promised = promised_bytes(host)
    return tuple(
        replace(each, homes_bytes=promised) if Share.REGISTRY in each.shares else each
        for each in file_systems
    )


def check_room(file_systems: tuple[FileSystem, ...]) -> None:
    """Raises SizingError with the shortage when homes may take more than half of their disk."""
    for each in file_systems:
        most = each.size_bytes * MOST_PERCENT // 100
        if each.homes_bytes > most:
            raise SizingError(
                f"the homes need {human_bytes(each.homes_bytes)}, and half of the disk at {each.mount} is"
                f" {human_bytes(most)}: short of {human_bytes(each.homes_bytes - most)}",
                hint="Lower home.users or home.size, or take a larger disk.",
            )
