"""The preflight's rules about what is installed: somebody else's Kubernetes, another engine, packages."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.preflight_facts import Facts
from binder_singlenode.preflight_problem import Problem


def kubernetes(facts: Facts) -> Iterator[Problem]:
    """Somebody else's Kubernetes on the machine."""
    for unit in facts.all("kubernetes"):
        remove = "k3s-uninstall.sh" if unit == "k3s" else f"uninstall it, or systemctl disable --now {unit}"
        yield Problem(
            f"{unit} is installed, and not by this program",
            "Kubernetes",
            f"use another machine, or remove it: {remove}",
        )


def docker(facts: Facts) -> Iterator[Problem]:
    """A second container engine."""
    if facts.one("snap_docker"):
        yield Problem("docker is there as a snap, which cannot be used", "docker", "snap remove docker")
    for unit in ("docker", "containerd"):
        if unit in facts.all("active"):
            yield Problem(
                "runs beside Kubernetes: it takes disk, and docker drops what is forwarded",
                unit,
                f"systemctl disable --now {unit}, unless something else needs it",
                fatal=False,
            )


def packages(facts: Facts, *, offline: bool) -> Iterator[Problem]:
    """With a bundle, what apt would have to fetch had better be there."""
    missing = facts.all("missing")
    if offline and missing:
        names = " ".join(missing)
        yield Problem(
            f"not installed: {names}; apt will have to fetch them, bundle or not",
            "packages",
            f"apt-get install {names}, when the host cannot reach a mirror by itself",
            fatal=False,
        )
