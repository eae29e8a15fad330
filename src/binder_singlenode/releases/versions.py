"""All versions that binder-singlenode installs.

After a change here, `up --upgrade` moves a host to the new version; until then its lock file keeps the old.
ages.py says when each was released, and why an old one is still here.
An `Artifact` is one file with its SHA-256; a `Release` is all that one host needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

K3S = "v1.36.3+k3s1"
HELM = "v4.3.1"
CADDY = "v2.10.2"
BINDERHUB_CHART = "1.0.0-0.dev.git.3983.h383374de"

REPO2DOCKER_IMAGE = "quay.io/jupyterhub/repo2docker:2026.4.1.dev44-g97bb4e45a"
"""The federation's version (2026-08), which pushes with `docker push` after the build."""
DIND_IMAGE = "docker.io/library/docker:27.5.1-dind"
"""The version of the federation's single nodes. With 28.3.3, some builds hung after the push."""
REGISTRY_IMAGE = "docker.io/library/registry:3.1.2"

Arch = Literal["amd64", "arm64"]
Program = Literal["k3s", "helm", "caddy", "chart"]
"""A release has one of each."""
Image = Literal["registry_image", "repo2docker_image", "dind_image"]
Gone = Literal["pruner_image"]
"""In lock files and bundles of earlier versions; ignored."""
Stated = Literal[Image, Gone]
"""What a lock file may name."""
Setting = Literal[Stated, "sample_repository"]
"""What a bundle may set, other than its files."""
ARCHITECTURES: tuple[str, ...] = get_args(Arch)
PROGRAMS: tuple[str, ...] = get_args(Program)
IMAGES: tuple[str, ...] = get_args(Image)

SAMPLE_REPOSITORY = "https://github.com/binder-examples/minimal-dockerfile"
"""Launched by `up` as a test of the host: one of Binder's own examples, small and quick to build."""


@dataclass(frozen=True)
class Artifact:
    """One file: from a publisher (`url`) or on this computer (`path`)."""

    name: str
    version: str
    sha256: str
    size_bytes: int | None = None
    url: str | None = None
    path: Path | None = None
    member: str | None = None
    """Path of the file inside a .tar.gz."""


@dataclass(frozen=True)
class Release:
    """All files that one host needs, and the names of the images that its cluster runs."""

    arch: str
    k3s: Artifact
    helm: Artifact
    caddy: Artifact
    chart: Artifact
    images: tuple[Artifact, ...]
    settings: dict[str, str]
    sample_repository: str | None = None
    """A repository that the host can reach, for the test launch; a bundle may name a different one."""
    standin: bool = False
    """True for a bundle of test stand-ins instead of the real releases."""

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """All files, in the order they are needed."""
        return (self.k3s, *self.images, self.helm, self.chart, self.caddy)


def default_settings() -> dict[str, str]:
    """Default images of the rendered values and manifests."""
    return {
        "registry_image": REGISTRY_IMAGE,
        "repo2docker_image": REPO2DOCKER_IMAGE,
        "dind_image": DIND_IMAGE,
    }


def pinned() -> dict[str, str]:
    """Default versions and images of all components, by name."""
    return {"k3s": K3S, "helm": HELM, "caddy": CADDY, "chart": BINDERHUB_CHART} | default_settings()


def of(release: Release) -> dict[str, str]:
    """Versions and images of `release`, by the same names as in `pinned`."""
    named = (release.k3s, release.helm, release.caddy, release.chart)
    kinds = ("k3s", "helm", "caddy", "chart")
    return {kind: file.version for kind, file in zip(kinds, named, strict=True)} | release.settings


def moves(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Changed versions, one line each: `k3s v1.36.1+k3s1 → v1.36.3+k3s1`."""
    return [f"{name} {before[name]} → {new}" for name, new in after.items() if before.get(name, new) != new]


def is_older(k3s: str, than: str) -> bool:
    """Whether the version `k3s` is older than `than`; False when one of them is not a k3s version."""
    one, other = _numbers(k3s), _numbers(than)
    return one is not None and other is not None and one < other


def _numbers(k3s: str) -> tuple[int, ...] | None:
    """v1.36.3+k3s2 -> (1, 36, 3, 2)"""
    found = re.fullmatch(r"v(\d+)\.(\d+)\.(\d+)(?:\+k3s(\d+)?.*)?", k3s)
    return tuple(int(part or 0) for part in found.groups()) if found else None
