"""The lock file NAME.lock.yaml next to the host file NAME.yaml: the host's exact versions, with digests.

`up` installs the versions of the lock file, even if versions.py has changed; only `up --upgrade` replaces it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from binder_singlenode.base import atomic
from binder_singlenode.errors import BundleError
from binder_singlenode.releases import resolve, versions
from binder_singlenode.releases.http import Fetch
from binder_singlenode.releases.versions import Artifact, Release

API_VERSION = "binder/lock/v1"
KINDS = ("k3s", "helm", "caddy", "chart")
AGAIN = "Remove the lock file and run `up` again: it is made anew."
HEADER = (
    "What is installed on this host, to the byte. Written by binder-singlenode; `up --upgrade` moves it.\n"
)


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
        "artifacts": {kind: _stated(getattr(release, kind)) for kind in KINDS},
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
    document = _parsed(path)
    where = str(path)
    _want(document.get("apiVersion") == API_VERSION, f"apiVersion is not {API_VERSION}", where)
    if document.get("arch") != arch:
        raise BundleError(
            f"the lock is for {document.get('arch')}, and the host is {arch}", where=where, hint=AGAIN
        )
    artifacts = _mapping(document, "artifacts", where)
    locked = {kind: _locked(kind, artifacts.get(kind), where) for kind in KINDS}
    return Release(
        arch=arch,
        k3s=locked["k3s"],
        helm=locked["helm"],
        caddy=locked["caddy"],
        chart=locked["chart"],
        images=(),
        settings=_images(document, where),
        sample_repository=versions.SAMPLE_REPOSITORY,
    )


def _images(document: Mapping[str, Any], where: str) -> dict[str, str]:
    images = _mapping(document, "images", where)
    for name, image in images.items():
        _want(name in versions.IMAGES, f"images.{name} is unknown", where)
        _want(isinstance(image, str), f"images.{name} is not a text", where)
    return versions.default_settings() | images


def _mapping(document: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = document.get(key)
    if not isinstance(value, Mapping):
        raise BundleError(f"{key} is not a mapping", where=where, hint=AGAIN)
    return dict(value)


def _parsed(path: Path) -> Mapping[str, Any]:
    try:
        document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise BundleError(f"it is not YAML: {error.problem}", where=place, hint=AGAIN) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise BundleError("it is not YAML", where=str(path), hint=AGAIN) from error
    except OSError as error:
        raise BundleError(f"it can't be read: {error.strerror}", where=str(path)) from error
    _want(isinstance(document, Mapping), "it is not a mapping", str(path))
    return dict(document)


def _locked(kind: str, stated: Any, where: str) -> Artifact:
    _want(isinstance(stated, Mapping), f"artifacts.{kind} is missing", where)
    for field in ("version", "url", "sha256"):
        _want(isinstance(stated.get(field), str), f"artifacts.{kind}.{field} is missing", where)
    _want(stated["url"].startswith("https://"), f"artifacts.{kind}.url is not https", where)
    sha256 = stated["sha256"]
    _want(
        re.fullmatch(r"[0-9a-f]{64}", sha256) is not None, f"artifacts.{kind}.sha256 is not a SHA-256", where
    )
    member = stated.get("member")
    _want(member is None or isinstance(member, str), f"artifacts.{kind}.member is not a text", where)
    return Artifact(kind, stated["version"], sha256, url=stated["url"], member=member)


def _want(condition: bool, message: str, where: str) -> None:
    if not condition:
        raise BundleError(message, where=where, hint=AGAIN)
