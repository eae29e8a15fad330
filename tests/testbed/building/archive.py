"""Write container images without a container engine: OCI archives, the same bytes for the same content.

Made for `ctr images import`, which is what k3s does with the files of its image folder.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from building import debian, oci
from building.oci import Layer


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
    base: Image | None = None
    """The image below this one, whose layers it shares in an archive."""
    owner: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """User and group of paths that are not root's."""
    user: str = ""
    folder: str = "/"

    @property
    def stack(self) -> tuple[Image, ...]:
        """This image and all below it, the lowest first."""
        return (*(self.base.stack if self.base else ()), self)


def write(target: Path, *images: Image) -> None:
    """Write the images as one OCI archive: a layer each, on those of its base, compressed with zstd."""
    layers = {image.name: image for each in images for image in each.stack}
    made: dict[str, Layer] = {}
    try:
        for number, (name, image) in enumerate(layers.items()):
            made[name] = _layer(image, target.with_name(f"{target.name}.{number}"))
        oci.write(images, made, target)
    finally:
        for layer in made.values():
            layer.packed.unlink(missing_ok=True)


def _layer(image: Image, packed: Path) -> Layer:
    plain = packed.with_name(packed.name + ".tar")
    try:
        with tarfile.open(plain, "w", format=tarfile.GNU_FORMAT) as archive:
            for path in sorted(with_folders(image.content)):
                _add(archive, path, image)
        debian.compress(plain, packed)
        return Layer(_digest(plain), _digest(packed), packed)
    finally:
        plain.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def with_folders(content: Mapping[str, object]) -> set[str]:
    parents = {str(parent) for path in content for parent in Path(path).parents}
    return (parents | set(content)) - {"/", "."}


def _add(archive: tarfile.TarFile, path: str, image: Image) -> None:
    source = image.content.get(path)
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.mode = 0o755
    entry.uid, entry.gid = image.owner.get(path, (0, 0))
    if source is None:
        entry.type = tarfile.DIRTYPE
        entry.mode = 0o1777 if path == "/tmp" else 0o755
        archive.addfile(entry)
    elif isinstance(source, Link):
        entry.type, entry.linkname = tarfile.SYMTYPE, source.to
        archive.addfile(entry)
    else:
        data = source.encode() if isinstance(source, str) else source.read_bytes()
        runs = path in image.executable if isinstance(source, str) else bool(source.stat().st_mode & 0o100)
        entry.size, entry.mode = len(data), 0o755 if runs else 0o644
        archive.addfile(entry, io.BytesIO(data))
