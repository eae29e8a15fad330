"""manifest.json of a bundle: its structure, and a clear error for each kind of mistake.

    {"apiVersion": "binder/bundle/v1", "arch": "amd64", "standin": false,
     "files": [{"kind": "k3s", "version": "…", "path": "k3s", "sha256": "…", "size": 123, "member": null}, …],
     "settings": {"registry_image": "…"}}

One file each of k3s, helm, caddy and chart; any number of images. Any other field is an error.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Strict, field_validator

from binder_singlenode.errors import BundleError
from binder_singlenode.releases.shape import Bytes, Sha256, Shape, Text, checked
from binder_singlenode.releases.versions import PROGRAMS, Arch, Program, Setting

MANIFEST = "manifest.json"
MANIFEST_MAX_BYTES = 1024 * 1024
"""A real one has a few KiB; a larger file is not a manifest."""

_AGAIN = "Make the bundle again; its manifest is not a valid one."


def _inside(path: str) -> str:
    """A relative path without `..`, of printable characters."""
    pure = PurePosixPath(path)
    plain = path.isprintable() and "\\" not in path
    if not plain or not pure.name or pure.is_absolute() or ".." in pure.parts:
        raise ValueError(f"the path {path!r} leads out of its folder")
    return path


Inside = Annotated[Text, AfterValidator(_inside)]


class Entry(Shape):
    """One file as the manifest states it."""

    kind: Literal[Program, "images"]
    version: Text
    path: Inside
    sha256: Sha256
    size_bytes: Bytes = Field(alias="size")
    member: Inside | None = None


class Manifest(Shape):
    """The whole manifest."""

    api_version: Literal["binder/bundle/v1"] = Field(alias="apiVersion")
    arch: Arch
    standin: bool = False
    files: Annotated[tuple[Entry, ...], Strict(False)]
    settings: dict[Setting, Text] = Field(default_factory=dict)

    @field_validator("files")
    @classmethod
    def _complete(cls, files: tuple[Entry, ...]) -> tuple[Entry, ...]:
        kinds: Counter[str] = Counter(entry.kind for entry in files)
        for kind in PROGRAMS:
            if kinds[kind] != 1:
                raise ValueError(f"there are {kinds[kind]} files of kind {kind}, not 1")
        twice = [path for path, count in Counter(entry.path for entry in files).items() if count > 1]
        if twice:
            raise ValueError(f"named twice: {', '.join(sorted(twice))}")
        return files

    def as_json(self) -> dict[str, Any]:
        """The document that `check` accepts."""
        return self.model_dump(mode="json", by_alias=True)


def read(folder: Path) -> Manifest:
    """The manifest of `folder`. Raises BundleError with the place of the first mistake."""
    path = folder / MANIFEST
    where = str(path)
    if not folder.is_dir():
        raise BundleError(
            "there is no such folder", where=str(folder), hint="Give --bundle an existing folder."
        )
    try:
        with path.open("rb") as stream:
            raw = stream.read(MANIFEST_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise BundleError(
            f"the folder has no {MANIFEST}, so it is not a bundle",
            where=str(folder),
            hint="Give --bundle the folder that holds it.",
        ) from error
    except OSError as error:
        raise BundleError(f"it can't be read: {error.strerror}", where=where) from error
    if len(raw) > MANIFEST_MAX_BYTES:
        raise BundleError(
            f"it is larger than {MANIFEST_MAX_BYTES} bytes, so it is not a manifest", where=where
        )
    return check(_parse(raw, where), where)


def _parse(raw: bytes, where: str) -> Any:
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_no_duplicates)
    except UnicodeDecodeError as error:
        raise BundleError(f"it is not UTF-8 at byte {error.start}", where=where) from error
    except json.JSONDecodeError as error:
        raise BundleError(
            f"it is not JSON: {error.msg}", where=f"{where}:{error.lineno}:{error.colno}"
        ) from error
    except RecursionError as error:
        raise BundleError("it is nested too deeply to be a manifest", where=where) from error
    except _DuplicateKeyError as error:
        raise BundleError(f"the key {error} is there twice", where=where) from error


class _DuplicateKeyError(ValueError):
    """A key occurs twice in one object: some readers use the first value, others the last."""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise _DuplicateKeyError(key)
        seen[key] = value
    return seen


def check(document: Any, where: str) -> Manifest:
    """The Manifest that `document` states. Raises BundleError for whatever is missing, unknown or wrong."""
    return checked(Manifest, document, where=where, hint=_AGAIN)
