"""manifest.json of a bundle: its structure, and a clear error for each kind of mistake.

    {"apiVersion": "binder/bundle/v1", "arch": "amd64", "standin": false,
     "files": [{"kind": "k3s", "version": "…", "path": "k3s", "sha256": "…", "size": 123, "member": null}, …],
     "settings": {"registry_image": "…"}}

One file each of k3s, helm, caddy and chart; any number of images. Any other field is an error.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from binder_singlenode.errors import BundleError
from binder_singlenode.releases.versions import ARCHITECTURES, KINDS, SETTINGS

MANIFEST = "manifest.json"
API_VERSION = "binder/bundle/v1"
MANIFEST_MAX_BYTES = 1024 * 1024
"""A real one has a few KiB; a larger file is not a manifest."""

_FIELDS = {"apiVersion", "arch", "standin", "files", "settings"}
_FILE_FIELDS = {"kind", "version", "path", "sha256", "size", "member"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """One file as the manifest states it."""

    kind: str
    version: str
    path: str
    sha256: str
    size_bytes: int
    member: str | None


@dataclass(frozen=True)
class Manifest:
    """The whole manifest."""

    arch: str
    standin: bool
    files: tuple[Entry, ...]
    settings: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """The document that `check` accepts."""
        files = [
            {
                "kind": entry.kind,
                "version": entry.version,
                "path": entry.path,
                "sha256": entry.sha256,
                "size": entry.size_bytes,
                "member": entry.member,
            }
            for entry in self.files
        ]
        return {
            "apiVersion": API_VERSION,
            "arch": self.arch,
            "standin": self.standin,
            "files": files,
            "settings": self.settings,
        }


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
    """The Manifest that `document` states. Raises BundleError for whatever is missing, extra or wrong."""
    _fields(document, _FIELDS, {"apiVersion", "arch", "files"}, where)
    _want(document["apiVersion"] == API_VERSION, f"apiVersion is not {API_VERSION}", where)
    arch = document["arch"]
    _want(arch in ARCHITECTURES, f"arch is {arch!r}, not one of {', '.join(ARCHITECTURES)}", where)
    standin = document.get("standin", False)
    _want(isinstance(standin, bool), "standin is neither true nor false", where)
    _want(isinstance(document["files"], list), "files is not a list", where)
    files = tuple(_entry(item, f"{where}: files[{index}]") for index, item in enumerate(document["files"]))
    _complete(files, where)
    return Manifest(arch, standin, files, _settings(document.get("settings", {}), where))


def _entry(item: Any, where: str) -> Entry:
    _fields(item, _FILE_FIELDS, _FILE_FIELDS - {"member"}, where)
    _want(item["kind"] in KINDS, f"kind is {item['kind']!r}, not one of {', '.join(KINDS)}", where)
    for field in ("version", "path", "sha256"):
        _want(isinstance(item[field], str) and item[field] != "", f"{field} is not a text", where)
    size = item["size"]
    _want(type(size) is int and size >= 0, f"size is {size!r}, not a number of bytes", where)
    _want(_SHA256.fullmatch(item["sha256"]) is not None, "sha256 is not 64 lower-case hex digits", where)
    member = item.get("member")
    _want(member is None or _is_plain(member), f"member {member!r} is not a path inside the archive", where)
    _want(_is_plain(item["path"]), f"path {item['path']!r} leads out of the bundle", where)
    return Entry(item["kind"], item["version"], item["path"], item["sha256"], size, member)


def _is_plain(path: Any) -> bool:
    """A relative path without `..`, of printable characters."""
    if not isinstance(path, str) or not path.isprintable() or "\\" in path:
        return False
    pure = PurePosixPath(path)
    return path != "" and not pure.is_absolute() and ".." not in pure.parts and pure.name != ""


def _complete(files: tuple[Entry, ...], where: str) -> None:
    kinds = [entry.kind for entry in files]
    for kind in KINDS:
        if kind == "images":
            continue
        _want(kind in kinds, f"there is no file of kind {kind}", where)
        _want(
            kinds.count(kind) == 1,
            f"there are {kinds.count(kind)} files of kind {kind}, and one is meant",
            where,
        )
    paths = [entry.path for entry in files]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    _want(not twice, f"named twice: {', '.join(twice)}", where)


def _settings(settings: Any, where: str) -> dict[str, str]:
    _want(isinstance(settings, dict), "settings is not an object", where)
    for key, value in settings.items():
        _want(key in SETTINGS, f"settings.{key} is unknown; known: {', '.join(SETTINGS)}", where)
        _want(isinstance(value, str) and value != "", f"settings.{key} is not a text", where)
    return dict(settings)


def _fields(item: Any, known: set[str], required: set[str], where: str) -> None:
    _want(isinstance(item, dict), "it is not an object", where)
    extra = sorted(set(item) - known)
    _want(not extra, f"unknown: {', '.join(extra)}; known: {', '.join(sorted(known))}", where)
    missing = sorted(required - set(item))
    _want(not missing, f"missing: {', '.join(missing)}", where)


def _want(condition: bool, message: str, where: str) -> None:
    if not condition:
        raise BundleError(
            message, where=where, hint="Make the bundle again; its manifest is not a valid one."
        )
