"""The lock file NAME.lock.yaml next to the host file NAME.yaml: the host's exact versions, with digests.

`up` installs the versions of the lock file, even if versions.py has changed; only `up --upgrade` replaces it.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from binder_singlenode.base import atomic
from binder_singlenode.errors import BundleError
from binder_singlenode.releases import resolve, versions
from binder_singlenode.releases.http import Fetch
from binder_singlenode.releases.shape import Sha256, Shape, Text, checked
from binder_singlenode.releases.versions import Artifact, Release

API_VERSION = "binder/lock/v1"
AGAIN = "Remove the lock file and run `up` again: it writes a new one."
HEADER = (
    "What is installed on this host, to the byte. Written by binder-singlenode; `up --upgrade` moves it.\n"
)


class Locked(Shape):
    """One artifact."""

    version: Text
    url: Annotated[str, StringConstraints(pattern=r"^https://")]
    sha256: Sha256
    member: Text | None = None


class Programs(Shape):
    """One artifact for each program, and the chart."""

    k3s: Locked
    helm: Locked
    caddy: Locked
    chart: Locked


class Lock(Shape):
    """The whole lock file."""

    api_version: Literal["binder/lock/v1"] = Field(alias="apiVersion")
    arch: Text
    artifacts: Programs
    images: dict[versions.Stated, Text]


def lock_path(host_path: Path) -> Path:
    """NAME.lock.yaml next to NAME.yaml."""
    return host_path.with_name(f"{host_path.stem}.lock.yaml")


def load_or_resolve(
    host_path: Path, arch: str, fetch: Fetch | None = None, cache_dir: Path | None = None
) -> Release:
    """The Release of the lock file next to `host_path`; creates a missing file. Raises BundleError."""
    path = lock_path(host_path)
    if path.exists():
        return load(path, arch)
    release = resolve.resolve(arch, fetch, cache_dir)
    save(release, path)
    return release


def save(release: Release, path: Path) -> None:
    """Write the lock file atomically. Raises BundleError."""
    document = {
        "apiVersion": API_VERSION,
        "arch": release.arch,
        "artifacts": {name: _stated(getattr(release, name)) for name in versions.PROGRAMS},
        "images": dict(release.settings),
    }
    stream = io.StringIO(f"# {HEADER}")
    stream.seek(0, io.SEEK_END)
    YAML().dump(document, stream)
    try:
        atomic.write(path, stream.getvalue(), 0o644)
    except OSError as error:
        raise BundleError(f"the lock file can't be written: {error.strerror}", where=str(path)) from error


def _stated(artifact: Artifact) -> dict[str, Any]:
    if artifact.url is None:
        raise BundleError(f"{artifact.name} comes from a bundle, which needs no lock file")
    stated = {"version": artifact.version, "url": artifact.url, "sha256": artifact.sha256}
    return stated | ({"member": artifact.member} if artifact.member else {})


def load(path: Path, arch: str) -> Release:
    """The Release in a lock file. Raises BundleError with line and column of the mistake."""
    lock = checked(Lock, _parsed(path), where=str(path), hint=AGAIN)
    if lock.arch != arch:
        raise BundleError(f"the lock is for {lock.arch}, and the host is {arch}", where=str(path), hint=AGAIN)
    programs = lock.artifacts
    return Release(
        arch=arch,
        k3s=_artifact("k3s", programs.k3s),
        helm=_artifact("helm", programs.helm),
        caddy=_artifact("caddy", programs.caddy),
        chart=_artifact("chart", programs.chart),
        images=(),
        settings=versions.default_settings() | _images(lock),
        sample_repository=versions.SAMPLE_REPOSITORY,
    )


def _images(lock: Lock) -> dict[str, str]:
    return {name: image for name, image in lock.images.items() if name in versions.IMAGES}


def _artifact(name: str, locked: Locked) -> Artifact:
    return Artifact(name, locked.version, locked.sha256, url=locked.url, member=locked.member)


def _parsed(path: Path) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise BundleError(f"it is not YAML: {error.problem}", where=place, hint=AGAIN) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise BundleError("it is not YAML", where=str(path), hint=AGAIN) from error
    except OSError as error:
        raise BundleError(f"it can't be read: {error.strerror}", where=str(path)) from error
