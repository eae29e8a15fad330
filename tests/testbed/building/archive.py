"""Write container images without a container engine: docker archives, the same bytes for the same content.

`ctr images import` and `docker load` both take the result.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

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
    """Write the image as a docker archive of one layer, uncompressed."""
    layer = target.with_name(target.name + ".layer")
    try:
        with tarfile.open(layer, "w", format=tarfile.GNU_FORMAT) as archive:
            for path in sorted(_with_folders(image.content)):
                _add(archive, path, image.content.get(path), path in image.executable)
        with layer.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        _write_archive(image, layer, digest, target)
    finally:
        layer.unlink(missing_ok=True)


def _with_folders(content: Mapping[str, object]) -> set[str]:
    parents = {str(parent) for path in content for parent in Path(path).parents}
    return (parents | set(content)) - {"/", "."}


def _add(archive: tarfile.TarFile, path: str, source: Path | str | Link | None, executable: bool) -> None:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.mode = 0o755
    if source is None:
        entry.type = tarfile.DIRTYPE
        entry.mode = 0o1777 if path == "/tmp" else 0o755  # noqa: S108 - a path inside the image
        archive.addfile(entry)
    elif isinstance(source, Link):
        entry.type, entry.linkname = tarfile.SYMTYPE, source.to
        archive.addfile(entry)
    else:
        data = source.encode() if isinstance(source, str) else source.read_bytes()
        runs = executable if isinstance(source, str) else bool(source.stat().st_mode & 0o100)
        entry.size, entry.mode = len(data), 0o755 if runs else 0o644
        archive.addfile(entry, io.BytesIO(data))


def _write_archive(image: Image, layer: Path, digest: str, target: Path) -> None:
    config = json.dumps({
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Env": [PATH, *image.env],
            "Entrypoint": list(image.entrypoint),
            "Cmd": list(image.cmd) or None,
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created_by": image.name}],
    }).encode()  # fmt: skip
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{"Config": config_name, "RepoTags": [image.name], "Layers": [f"{digest}.tar"]}]
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in ((config_name, config), ("manifest.json", json.dumps(manifest).encode())):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        entry = tarfile.TarInfo(f"{digest}.tar")
        entry.size = layer.stat().st_size
        with layer.open("rb") as stream:
            archive.addfile(entry, stream)
