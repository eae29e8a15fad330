"""The image of a bare Debian: built from packages once, and cached.

A folder of the cache holds disk.img (one ext4 file system, sparse), vmlinuz and initrd.img (booted
directly: no boot loader) and recipe.json. It is built as root, or by other users in a user namespace
(mmdebstrap's unshare mode, /etc/subuid).
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import shlex
import subprocess
import tarfile
import time
from pathlib import Path

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Progress, cache, packages, programs
from binder_singlenode.vm.local.disk_image import recipe
from binder_singlenode.vm.local.disk_image.image import Image
from binder_singlenode.vm.local.disk_image.recipe import Recipe


def ensure(wanted: Recipe, progress: Progress) -> Image:
    """The image of a recipe, from the cache or built now."""

    def make(staging: Path) -> None:
        build(wanted, Image(staging), progress)

    return Image(cache.made_once(cache.root() / "images" / wanted.key, make, progress)).check()


def build(wanted: Recipe, image: Image, progress: Progress) -> None:
    began = time.monotonic()
    needed = ["mmdebstrap", "e2fsprogs", "debian-archive-keyring"]
    programs.require(needed if os.geteuid() == 0 else [*needed, "uidmap"], progress)
    progress(f"building a bare Debian ({wanted.release}, {wanted.arch}) from packages: once, 1 to 3 minutes")
    archive = image.folder / "root.tar"
    _packages_to_tar(wanted, image.folder, archive)
    boot_files(archive, image)
    progress("writing its file system")
    tar_to_disk(wanted, archive, image.disk)
    archive.unlink()
    (image.folder / "files.tar").unlink()
    (image.folder / "recipe.json").write_text(json.dumps(dataclasses.asdict(wanted), indent=1) + "\n")
    progress(f"image {wanted.key} built in {time.monotonic() - began:.0f} s")


def _packages_to_tar(wanted: Recipe, folder: Path, archive: Path) -> None:
    files = folder / "files.tar"
    _write_files(wanted, files)
    programs.run(
        [
            *("mmdebstrap", packages.mode(), "--variant=minbase", f"--architectures={wanted.arch}"),
            f"--include={','.join(wanted.packages)}",
            f"--customize-hook=tar-in {shlex.quote(str(files))} /",
            *(f"--customize-hook={hook}" for hook in wanted.hooks),
            *(wanted.release, archive),
        ],
        f"building Debian {wanted.release} from packages",
        hint=programs.MIRROR_HINT,
    )


def _write_files(wanted: Recipe, target: Path) -> None:
    with tarfile.open(target, "w") as archive:
        for path, content in wanted.files:
            entry = tarfile.TarInfo(path)  # owned by root, mode 0644
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))


def boot_files(archive: Path, image: Image) -> None:
    found: dict[Path, bytes] = {}
    with tarfile.open(archive) as entries:
        for entry in entries:
            name = Path(entry.name)
            if name.parent.name == "boot" and name.name.startswith(("vmlinuz-", "initrd.img-")):
                content = entries.extractfile(entry)
                assert content is not None, "a regular file"
                found[image.kernel if name.name.startswith("vmlinuz") else image.initrd] = content.read()
    for target in (image.kernel, image.initrd):
        if target not in found:
            raise VmError(f"the packages brought no {target.name}", where=str(archive))
        target.write_bytes(found[target])


def tar_to_disk(wanted: Recipe, archive: Path, disk: Path) -> None:
    helper = [] if os.geteuid() == 0 else ["mmdebstrap", "--unshare-helper"]
    with archive.open("rb") as source, disk.open("wb") as target:
        done = subprocess.run(
            [*helper, "sh", "-c", wanted.script, "pack", f"{recipe.BASE_BYTES // 1024}k"],
            stdin=source,
            stdout=target,
            stderr=subprocess.PIPE,
            env={**os.environ, "PATH": programs.search_path()},
        )
        target.truncate(recipe.BASE_BYTES)
    if done.returncode != 0:
        reason = programs.tail(done.stderr.decode(errors="replace"))
        raise VmError(f"writing the file system of the image failed\n{reason}")
