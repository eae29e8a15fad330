"""The host, step by step: each step makes one thing so, and does nothing when it is.

    for step in steps(): step(context)

The order is the recipe. A step may rely on those before it and on nothing else.
"""

from collections.abc import Callable
from typing import Any

STEPS = (
    "packages",
    "maintenance",
    "kernel",
    "firewall",
    "builds",
    "k3s",
    "helm",
    "registry",
    "homes",
    "release",
    "store",
    "entry",
    "cleaning",
    "upkeep",
)


def steps() -> "list[Callable[..., Any]]":
    """The steps as functions, in order (imported here: pyinfra takes a third of a second)."""
    from binder_singlenode.deploy.builds import builds
    from binder_singlenode.deploy.cleaning import cleaning
    from binder_singlenode.deploy.entry import entry
    from binder_singlenode.deploy.firewall import firewall
    from binder_singlenode.deploy.helm import helm
    from binder_singlenode.deploy.homes import homes
    from binder_singlenode.deploy.k3s import k3s
    from binder_singlenode.deploy.kernel import kernel
    from binder_singlenode.deploy.maintenance import maintenance
    from binder_singlenode.deploy.packages import packages
    from binder_singlenode.deploy.registry import registry
    from binder_singlenode.deploy.release import release
    from binder_singlenode.deploy.store import store
    from binder_singlenode.deploy.upkeep import upkeep

    return [
        packages,
        maintenance,
        kernel,
        firewall,
        builds,
        k3s,
        helm,
        registry,
        homes,
        release,
        store,
        entry,
        cleaning,
        upkeep,
    ]
