"""The index, manifests and configurations of an OCI archive, around layers that are made (archive.py)."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from building.archive import Image

_OCI = "application/vnd.oci.image"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Layer:
    """One layer, as it will be packed."""

    diff_id: str
    digest: str
    packed: Path


def _config(image: Image, layers: list[Layer]) -> bytes:
    process: dict[str, Any] = {"Env": [PATH, *image.env], "WorkingDir": image.folder}
    given = {"Entrypoint": list(image.entrypoint), "Cmd": list(image.cmd), "User": image.user}
    return json.dumps({
        "architecture": "amd64",
        "os": "linux",
        "config": process | {key: value for key, value in given.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.diff_id}" for layer in layers]},
        "history": [{"created_by": each.name} for each in image.stack],
    }).encode()  # fmt: skip


def _text(archive: tarfile.TarFile, path: str, data: bytes) -> None:
    entry = tarfile.TarInfo(path)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def write(images: Iterable[Image], made: Mapping[str, Layer], target: Path) -> None:
    blobs: dict[str, bytes] = {}
    index = []
    for image in images:
        layers = [made[each.name] for each in image.stack]
        config = _config(image, layers)
        manifest = json.dumps({
            "schemaVersion": 2,
            "mediaType": f"{_OCI}.manifest.v1+json",
            "config": _descriptor(f"{_OCI}.config.v1+json", config),
            "layers": [_packed(layer) for layer in layers],
        }).encode()  # fmt: skip
        for data in (config, manifest):
            blobs[hashlib.sha256(data).hexdigest()] = data
        index.append(
            _descriptor(f"{_OCI}.manifest.v1+json", manifest)
            | {
                "annotations": {"io.containerd.image.name": image.name},
                "platform": {"os": "linux", "architecture": "amd64"},
            }
        )
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as archive:
        _text(archive, "oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())
        _text(archive, "index.json", json.dumps({"schemaVersion": 2, "manifests": index}).encode())
        for digest, data in blobs.items():
            _text(archive, f"blobs/sha256/{digest}", data)
        for layer in made.values():
            entry = tarfile.TarInfo(f"blobs/sha256/{layer.digest}")
            entry.size = layer.packed.stat().st_size
            with layer.packed.open("rb") as stream:
                archive.addfile(entry, stream)


def _packed(layer: Layer) -> dict[str, object]:
    media = f"{_OCI}.layer.v1.tar+zstd"
    return {"mediaType": media, "digest": f"sha256:{layer.digest}", "size": layer.packed.stat().st_size}


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {
        "mediaType": media_type,
        "digest": f"sha256:{hashlib.sha256(blob).hexdigest()}",
        "size": len(blob),
    }
