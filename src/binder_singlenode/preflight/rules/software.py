"""The preflight's rules about installed software: another Kubernetes, container engines, packages."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.config import Host
from binder_singlenode.layout.names import DEFAULT_NODE_NAME
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.releases import versions


def kubernetes(facts: Facts) -> Iterator[Problem]:
    """A Kubernetes that binder-singlenode did not install."""
    for unit in foreign(facts):
        yield Problem(
            f"{unit} is installed, and not by this program",
            "Kubernetes",
            f"use another machine, or remove it: {uninstall(unit)}",
        )


def foreign(facts: Facts) -> list[str]:
    """Kubernetes units whose unit file binder-singlenode did not write."""
    return facts.all("kubernetes")


def uninstall(unit: str) -> str:
    """How to uninstall the Kubernetes of this unit."""
    return "k3s-uninstall.sh" if unit == "k3s" else f"uninstall it, or systemctl disable --now {unit}"


def downgrade(facts: Facts, wanted: str) -> Iterator[Problem]:
    """Kubernetes upgrades its stored data, which an older version may not understand."""
    there = facts.one("k3s_version")
    if versions.is_older(wanted, than=there):
        yield Problem(
            f"{there} is installed, and {wanted} is older: Kubernetes does not go back",
            "k3s",
            "take the lock file or the bundle that it was installed from, or newer ones; to go back all the"
            " same, set the machine up again: down, then up",
        )


def node(facts: Facts, host: Host) -> Iterator[Problem]:
    """A node keeps its name: with another name k3s would create a second node."""
    wanted = host.node.name or DEFAULT_NODE_NAME
    for name in facts.nodes if "k3s" in facts.all("ours") else ():
        if name != wanted:
            yield Problem(
                f"the node is called {name}, not {wanted}, and a node keeps its name for life",
                "node",
                f"set node.name to {name}, or set the machine up again: down, then up",
            )


def docker(facts: Facts) -> Iterator[Problem]:
    """A second container engine."""
    if facts.one("snap_docker"):
        yield Problem("docker is there as a snap, which cannot be used", "docker", "snap remove docker")
    for unit in ("docker", "containerd"):
        if unit in facts.all("active"):
            yield Problem(
                "runs next to Kubernetes: it uses disk space, and docker drops forwarded packets",
                unit,
                f"systemctl disable --now {unit}, unless something else needs it",
                fatal=False,
            )


def packages(facts: Facts, *, offline: bool) -> Iterator[Problem]:
    """With a bundle, packages that apt would have to download should be installed already."""
    missing = facts.all("missing")
    if offline and missing:
        names = " ".join(missing)
        yield Problem(
            f"not installed: {names}; apt will have to fetch them, bundle or not",
            "packages",
            f"apt-get install {names}, when the host cannot reach a mirror by itself",
            fatal=False,
        )
