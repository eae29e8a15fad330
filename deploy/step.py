"""A step: what it does on the host, and the declaration of all that it places there or leaves behind.

The survey, `down` and the tables of docs/what-it-does-to-your-vm.md are derived from these declarations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pyinfra.api.deploy import deploy

from binder_singlenode.config import Host
from binder_singlenode.deploy.context import Context

BINARY = "the release binary, verified by SHA-256"
CGROUPS = "/sys/fs/cgroup"

Kind = Literal["file", "binary", "folder", "many", "written", "grown"]


@dataclass(frozen=True)
class Place:
    """A path on the host.

    The kinds: a `file` is compared by content, a `binary` by its note (it is large), a `folder` by mode and
    owner; `many` is a pattern; `written` is placed by a script and never compared; `grown` is created by what
    the step runs.
    """

    kind: Kind
    path: str
    what: str = ""
    """Text for the documentation, which leaves out a place without it."""
    mode: str = ""
    owner: str = "root:root"
    data: bool = False
    """`down --keep-data` keeps it."""
    shared_name: bool = False
    """Other software uses the same path: `down` removes it only if the cluster is binder-singlenode's."""
    users_files: bool = False
    """`down` lists it separately, even if it removes the whole folder above."""
    mounts: bool = False
    """File systems are mounted below it. One mounted at the path itself is the operator's disk."""


@dataclass(frozen=True)
class Leaves:
    """What a step leaves on the host, other than files."""

    units: tuple[str, ...] = ()
    """Units that are always active."""
    passing_units: tuple[str, ...] = ()
    """Units that run at times: services that timers start, and the request to the ACME staging directory."""
    users: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    """nftables tables of the family inet."""
    cgroups: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """Network interfaces."""


def _always(_host: Host) -> bool:
    return True


@dataclass(frozen=True)
class Step:
    """One step of the recipe. Called with the context, it adds its operations."""

    name: str
    run: Callable[..., object]
    module: str
    """The name of the module that defines it."""
    places: tuple[Place, ...]
    leaves: Leaves
    wanted: Callable[[Host], bool]
    """Whether a host file uses what the step places."""

    def __call__(self, context: Context) -> None:
        """Add the step's operations to the current pyinfra State."""
        self.run(context=context)


def step(
    name: str,
    *places: Place,
    leaves: Leaves = Leaves(),
    wanted: Callable[[Host], bool] = _always,
) -> Callable[[Callable[[Context], None]], Step]:
    """Decorator that makes a Step of a function."""

    def made(function: Callable[[Context], None]) -> Step:
        return Step(name, deploy(name)(function), function.__module__, places, leaves, wanted)

    return made
