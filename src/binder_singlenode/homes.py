"""Mode persistent in figures and names that several parts share: values, steps, sizing, checks."""

from __future__ import annotations

from binder_singlenode.config import Host
from binder_singlenode.errors import SizingError
from binder_singlenode.units import human_bytes

STORAGE_CLASS = "binder-home"
MOUNT_PATH = "/home/jovyan/persistent"
"""Not the whole home folder: repo2docker puts the repository there, and a volume would hide it."""
UID, GID = 1000, 100
"""As whom sessions run: singleuser.uid and fsGid of the jupyterhub chart; repo2docker's own user is 1000."""

MOST_PERCENT = 50
"""Of the disk: the images of the release, and those that are built, need the rest."""


def promised_bytes(host: Host) -> int:
    """What the homes may take together: the files are sparse, so this is kept free by everybody else."""
    return host.home.users * host.home.size_bytes if host.persistent else 0


def others_bytes(disk_bytes: int, host: Host) -> int:
    """What is left of the disk for all other shares. Raises SizingError when that is too little."""
    promised = promised_bytes(host)
    most = disk_bytes * MOST_PERCENT // 100
    if promised > most:
        raise SizingError(
            f"{host.home.users} homes of {human_bytes(host.home.size_bytes)} need {human_bytes(promised)},"
            f" and half of the disk is {human_bytes(most)}: short of {human_bytes(promised - most)}",
            hint="Lower home.users or home.size, or take a larger disk.",
        )
    return disk_bytes - promised
