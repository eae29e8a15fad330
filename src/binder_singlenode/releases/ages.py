"""When each pinned version was released, and why an old one is still pinned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from binder_singlenode.releases import versions

OLD_DAYS = 120
"""Older pins need a reason."""


@dataclass(frozen=True)
class Dated:
    """A pinned version."""

    version: str
    released: date
    """The publisher's date of this version; otherwise the reason says which date it is."""
    reason: str = ""
    """Why it is pinned although it is old, and what must happen before it moves."""


PINS = {
    "k3s": Dated(
        "v1.36.3+k3s1",
        date(2026, 8, 4),
        "the date on which k3s made it its stable release; later patches of 1.36 are not tested here yet",
    ),
    "helm": Dated("v4.3.1", date(2026, 10, 15)),
    "caddy": Dated(
        "v2.10.2",
        date(2025, 8, 22),
        "the entry is tested with this one; 2.11.9 (2026-11-04) follows when the entry's tests pass with it",
    ),
    "chart": Dated(
        "1.0.0-0.dev.git.3983.h383374de",
        date(2026, 7, 2),
        "the date since which mybinder.org runs it, the newest known; the chart has no stable releases. Its "
        "JupyterHub is 5.3.0; a hub image with later security fixes is set by release.extra_values",
    ),
    "registry_image": Dated("docker.io/library/registry:3.1.2", date(2026, 9, 24)),
    "repo2docker_image": Dated(
        "quay.io/jupyterhub/repo2docker:2026.4.1.dev44-g97bb4e45a",
        date(2026, 8, 3),
        "the date of its commit; mybinder.org's version, which pushes with `docker push`. A newer one builds "
        "all layers again",
    ),
    "dind_image": Dated(
        "docker.io/library/docker:27.5.1-dind",
        date(2025, 1, 21),
        "with 28.3.3 builds hung after the push. 28.5.2 (2025-11-05) closes three ways for a build to break "
        "out of its container: it follows when pushes of large images have been tested with it",
    ),
}
"""By the names of versions.pinned()."""


def missing_reasons(today: date) -> list[str]:
    """The pins that are old and have no reason, and those whose date is of another version."""
    pinned = versions.pinned()
    found = [f"{name}: no date" for name, version in pinned.items() if _of(name) != version]
    for name, pin in PINS.items():
        age = (today - pin.released).days
        if age > OLD_DAYS and not pin.reason:
            found.append(f"{name} {pin.version}: {age} days old, and no reason")
    return found


def lines() -> list[str]:
    """Each component with its version, date and reason."""
    return [
        f"{name} {pin.version} of {pin.released}{f': {pin.reason}' if pin.reason else ''}"
        for name, pin in PINS.items()
    ]


def _of(name: str) -> str | None:
    pin = PINS.get(name)
    return pin.version if pin else None
