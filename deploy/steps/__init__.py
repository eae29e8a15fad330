"""The steps: each brings one part of the host to its desired state, and is a no-op if it is already there.

A step is a module in this folder that defines one Step, and its name in _MODULES. The order matters: a step
may rely only on the steps before it.
"""

from functools import cache
from importlib import import_module

from binder_singlenode.config import Host
from binder_singlenode.deploy.step import Place, Step

_MODULES = (
    "packages",
    "maintenance",
    "kernel",
    "trust",
    "firewall",
    "build_limits",
    "resolver",
    "k3s",
    "helm",
    "registry",
    "homes",
    "release",
    "unused_store",
    "entry",
    "disk_cleanup",
    "retention",
)


@cache
def in_order() -> tuple[Step, ...]:
    """All steps, in the order in which they run."""
    return tuple(_step_of(name) for name in _MODULES)


def _step_of(name: str) -> Step:
    module = import_module(f"{__name__}.{name}")
    (found,) = (value for value in vars(module).values() if isinstance(value, Step))
    return found


def places(*kinds: str) -> tuple[Place, ...]:
    """Places of all steps, of the given kinds or of any kind."""
    return tuple(place for step in in_order() for place in step.places if not kinds or place.kind in kinds)


def units(host: Host | None = None) -> tuple[str, ...]:
    """Units that are always active with this host file; without one, those of all steps."""
    return tuple(
        unit for step in in_order() if host is None or step.wanted(host) for unit in step.leaves.units
    )


def passing_units() -> tuple[str, ...]:
    """Units that run at times: see Leaves."""
    return tuple(unit for step in in_order() for unit in step.leaves.passing_units)


def tables() -> tuple[str, ...]:
    """nftables tables of the steps, of the family inet."""
    return tuple(table for step in in_order() for table in step.leaves.tables)


def users() -> tuple[str, ...]:
    """System users that the steps create."""
    return tuple(user for step in in_order() for user in step.leaves.users)
