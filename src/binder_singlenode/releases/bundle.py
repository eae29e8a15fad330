"""A bundle: a folder with everything a host needs, so that nothing is downloaded.

    load(folder, arch)  reads manifest.json, checks size and SHA-256 of every file, returns a Release
    write(folder, …)    writes manifest.json for files that are already in the folder

Only manifest.json is trusted: every file that it names is verified by size and SHA-256, and other files are
not used. Reading has two steps, each with its own errors: manifest.py checks only the structure of
manifest.json, and this module checks the files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from binder_singlenode.base import atomic
from binder_singlenode.errors import BundleError
from binder_singlenode.releases import manifest as releases_manifest
from binder_singlenode.releases.manifest import MANIFEST, Entry
from binder_singlenode.releases.versions import IMAGES, Artifact, Release, default_settings

REBUILD = "Copy the bundle again from where it was made; nothing was sent to the host."


@dataclass(frozen=True)
class BundleFile:
    """A file for `write`: what it is, its version, and its path inside the folder."""

    kind: str
    version: str
    path: str
    member: str | None = None


def load(folder: Path, arch: str) -> Release:
    """The Release in `folder` for `arch` ("amd64" or "arm64"), every file verified.

    Raises BundleError naming the file, what was expected and what was found.
    """
    manifest = releases_manifest.read(folder)
    if manifest.arch != arch:
        raise BundleError(
            f"the bundle is for {manifest.arch}, and the host is {arch}",
            where=str(folder / MANIFEST),
            hint=f"Give --bundle a folder made for {arch}.",
        )
    artifacts = [(entry.kind, _artifact(folder, entry)) for entry in manifest.files]
    one = {kind: artifact for kind, artifact in artifacts if kind != "images"}
    images = {key: value for key, value in manifest.settings.items() if key in IMAGES}
    return Release(
        arch=arch,
        k3s=one["k3s"],
        helm=one["helm"],
        caddy=one["caddy"],
        chart=one["chart"],
        images=tuple(artifact for kind, artifact in artifacts if kind == "images"),
        settings=default_settings() | images,
        sample_repository=manifest.settings.get("sample_repository"),
        standin=manifest.standin,
    )


def _artifact(folder: Path, entry: Entry) -> Artifact:
    path = inside(folder, entry.path)
    verify(path, entry.sha256, entry.size_bytes, name=f"{folder}/{entry.path}")
    return Artifact(
        name=entry.kind if entry.kind != "images" else Path(entry.path).name,
        version=entry.version,
        sha256=entry.sha256,
        size_bytes=entry.size_bytes,
        path=path,
        member=entry.member,
    )


def inside(folder: Path, relative: str) -> Path:
    """The path of `relative` in `folder`; a link that leads out of the folder is refused."""
    path = folder / relative
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BundleError(
            f"{relative} is a link that leads out of the bundle",
            where=str(folder / MANIFEST),
            hint="Put the file itself into the folder.",
        )
    return path


def verify(path: Path, sha256: str, size_bytes: int | None, *, name: str) -> None:
    """Raises BundleError unless `path` is a file with this size and SHA-256."""
    try:
        found_bytes = path.stat().st_size
        if size_bytes is not None and found_bytes != size_bytes:
            raise BundleError(f"expected {size_bytes} bytes, found {found_bytes}", where=name, hint=REBUILD)
        found = digest(path)
    except FileNotFoundError as error:
        raise BundleError("the file is missing", where=name, hint=REBUILD) from error
    except OSError as error:
        raise BundleError(f"the file can't be read: {error.strerror}", where=name, hint=REBUILD) from error
    if found != sha256:
        raise BundleError(f"expected SHA-256 {sha256}, found {found}", where=name, hint=REBUILD)


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Hex digest of a file, read in pieces. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def write(
    folder: Path,
    arch: str,
    files: Iterable[BundleFile | Mapping[str, str | None]],
    settings: Mapping[str, str] | None = None,
    standin: bool = False,
) -> Path:
    """Write manifest.json for `files`, which are already in `folder`; returns its path.

    A file may also be given as a mapping with the fields of BundleFile. Raises BundleError when a file
    is missing or the manifest would not be a valid one.
    """
    document = {
        "apiVersion": "binder/bundle/v1",
        "arch": arch,
        "standin": standin,
        "files": [_entry(folder, file) for file in files],
        "settings": dict(settings or {}),
    }
    manifest = releases_manifest.check(document, str(folder / MANIFEST))
    path = folder / MANIFEST
    atomic.write(path, json.dumps(manifest.as_json(), indent=2) + "\n", 0o644)
    return path


def _entry(folder: Path, file: BundleFile | Mapping[str, str | None]) -> dict[str, Any]:
    if not isinstance(file, BundleFile):
        file = BundleFile(str(file["kind"]), str(file["version"]), str(file["path"]), file.get("member"))
    path = inside(folder, file.path)
    if not path.is_file():
        raise BundleError("the file is missing", where=f"{folder}/{file.path}", hint="Put it there first.")
    found = {"sha256": digest(path), "size": path.stat().st_size}
    return {"kind": file.kind, "version": file.version, "path": file.path, **found, "member": file.member}
