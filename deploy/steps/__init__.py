"""The steps: each makes one thing on the host so, and does nothing when it is.

    for step in in_order(): step(context)

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


def in_order() -> "list[Callable[..., Any]]":
    """The steps as functions, in order (imported here: pyinfra takes a third of a second)."""
    from binder_singlenode.deploy.steps.build_limits import builds
    from binder_singlenode.deploy.steps.disk_cleanup import cleaning
    from binder_singlenode.deploy.steps.entry import entry
    from binder_singlenode.deploy.steps.firewall import firewall
    from binder_singlenode.deploy.steps.helm import helm
    from binder_singlenode.deploy.steps.homes import homes
    from binder_singlenode.deploy.steps.k3s import k3s
    from binder_singlenode.deploy.steps.kernel import kernel
    from binder_singlenode.deploy.steps.maintenance import maintenance
    from binder_singlenode.deploy.steps.packages import packages
    from binder_singlenode.deploy.steps.registry import registry
    from binder_singlenode.deploy.steps.release import release
    from binder_singlenode.deploy.steps.retention import upkeep
    from binder_singlenode.deploy.steps.unused_store import store

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
