"""Write container images without a container engine: OCI archives, the same bytes for the same content.

Made for `ctr images import`, which is what k3s does with the files of its image folder.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from building import debian

_OCI = "application/vnd.oci.image"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Link:
    """A symbolic link in an image."""

    to: str


@dataclass(frozen=True)
class Image:
    """What is in an image: path to a file of this machine, a text, a link, or None for a folder."""

    name: str
    content: Mapping[str, Path | str | Link | None]
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    executable: frozenset[str] = field(default_factory=frozenset)
    """Paths of texts that are programs; files keep their own mode."""


def write(image: Image, target: Path) -> None:
    """Write the image as an OCI archive of one layer, compressed with zstd."""
    layer, packed = target.with_name(target.name + ".layer"), target.with_name(target.name + ".zst")
    try:
        with tarfile.open(layer, "w", format=tarfile.GNU_FORMAT) as archive:
            for path in sorted(_with_folders(image.content)):
                _add(archive, path, image.content.get(path), path in image.executable)
        debian.compress(layer, packed)
        _write_archive(image, _digest(layer), packed, target)
    finally:
        layer.unlink(missing_ok=True)
        packed.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _with_folders(content: Mapping[str, object]) -> set[str]:
    parents = {str(parent) for path in content for parent in Path(path).parents}
    return (parents | set(content)) - {"/", "."}


def _add(archive: tarfile.TarFile, path: str, source: Path | str | Link | None, executable: bool) -> None:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.mode = 0o755
    if source is None:
        entry.type = tarfile.DIRTYPE
        entry.mode = 0o1777 if path == "/tmp" else 0o755
        archive.addfile(entry)
    elif isinstance(source, Link):
        entry.type, entry.linkname = tarfile.SYMTYPE, source.to
        archive.addfile(entry)
    else:
        data = source.encode() if isinstance(source, str) else source.read_bytes()
        runs = executable if isinstance(source, str) else bool(source.stat().st_mode & 0o100)
        entry.size, entry.mode = len(data), 0o755 if runs else 0o644
        archive.addfile(entry, io.BytesIO(data))


def _write_archive(image: Image, diff_id: str, layer: Path, target: Path) -> None:
    config = json.dumps({
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Env": [PATH, *image.env],
            "Entrypoint": list(image.entrypoint),
            **({"Cmd": list(image.cmd)} if image.cmd else {}),
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]},
        "history": [{"created_by": image.name}],
    }).encode()  # fmt: skip
    digest = _digest(layer)
    manifest = json.dumps({
        "schemaVersion": 2,
        "mediaType": f"{_OCI}.manifest.v1+json",
        "config": _descriptor(f"{_OCI}.config.v1+json", config),
        "layers": [_descriptor(f"{_OCI}.layer.v1.tar+zstd", layer.read_bytes())],
    }).encode()  # fmt: skip
    entry = _descriptor(f"{_OCI}.manifest.v1+json", manifest) | {
        "annotations": {"io.containerd.image.name": image.name},
        "platform": {"os": "linux", "architecture": "amd64"},
    }
    index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as archive:
        _add(archive, "oci-layout", '{"imageLayoutVersion": "1.0.0"}', False)
        for blob in (config, manifest):
            _add(archive, f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}", blob.decode(), False)
        _add(archive, f"blobs/sha256/{digest}", layer, False)
        _add(archive, "index.json", index.decode(), False)


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {
        "mediaType": media_type,
        "digest": f"sha256:{hashlib.sha256(blob).hexdigest()}",
        "size": len(blob),
    }
