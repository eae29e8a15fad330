"""A step: what it does on the host, and all that it places there or leaves behind.

From these declarations come what the survey asks, what `down` removes, and the tables of
docs/what-it-does-to-your-vm.md.
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

    The kinds: a `file` is compared by content, a `binary` by its note, as it is big; of a `folder` mode and
    owner are kept; `many` is a pattern; `written` is placed by a script, and never compared; `grown` comes
    into being by what the step runs.
    """

    kind: Kind
    path: str
    what: str = ""
    """For the documentation, which leaves out a place without these words."""
    mode: str = ""
    owner: str = "root:root"
    data: bool = False
    """`down --keep-data` leaves it."""
    shared_name: bool = False
    """Other software uses the same path: `down` removes it only from a host that has our mark."""
    users_files: bool = False
    """`down` names it by itself, also where the folder that it lies in goes as a whole."""
    mounts: bool = False
    """Things are mounted below it. What is mounted at the path itself is the operator's disk."""


@dataclass(frozen=True)
class Leaves:
    """What a step leaves on the host, other than files."""

    units: tuple[str, ...] = ()
    """What runs at all times."""
    passing_units: tuple[str, ...] = ()
    """What runs now and then: services that timers start, and the trial of an ACME directory."""
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
    """Whether a host file asks for what it places."""

    def __call__(self, context: Context) -> None:
        """Add its operations to the pyinfra State at hand."""
        self.run(context=context)


def step(
    name: str,
    *places: Place,
    leaves: Leaves = Leaves(),
    wanted: Callable[[Host], bool] = _always,
) -> Callable[[Callable[[Context], None]], Step]:
    """Make a step of a function."""

    def made(function: Callable[[Context], None]) -> Step:
        return Step(name, deploy(name)(function), function.__module__, places, leaves, wanted)

    return made
