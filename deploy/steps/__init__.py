"""The steps: each makes one thing on the host so, and does nothing when it is.

A step is a module here with a Step in it, and its name in this list. The order is the recipe: a step may rely
on those before it and on nothing else.
"""

from functools import cache
from importlib import import_module

from binder_singlenode.config import Host
from binder_singlenode.deploy.step import Place, Step

_MODULES = (
    "packages",
    "maintenance",
    "kernel",
    "firewall",
    "build_limits",
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
    """All of them."""
    return tuple(_step_of(name) for name in _MODULES)


def _step_of(name: str) -> Step:
    module = import_module(f"{__name__}.{name}")
    (found,) = (value for value in vars(module).values() if isinstance(value, Step))
    return found


def places(*kinds: str) -> tuple[Place, ...]:
    """Those of all steps, of these kinds or of any."""
    return tuple(place for step in in_order() for place in step.places if not kinds or place.kind in kinds)


def units(host: Host | None = None) -> tuple[str, ...]:
    """What runs at all times on a host with this host file, or may run on any."""
    return tuple(
        unit for step in in_order() if host is None or step.wanted(host) for unit in step.leaves.units
    )


def passing_units() -> tuple[str, ...]:
    """What runs now and then."""
    return tuple(unit for step in in_order() for unit in step.leaves.passing_units)


def users() -> tuple[str, ...]:
    """System users."""
    return tuple(user for step in in_order() for user in step.leaves.users)
