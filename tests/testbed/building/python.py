"""Python 3.13 of Debian, and wheels of PyPI: what is installed here, to be put into images.

Nothing runs in a container to install it: pip unpacks wheels for another Python as well, and the compiled
files are made by that Python itself, started through its own loader.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from building import cache, debian
from building.programs import run

VERSION = "3.13"
SITE = f"/usr/local/lib/python{VERSION}/dist-packages"
_STDLIB = f"usr/lib/python{VERSION}"
_GLIBCS = ("2_28", "2_17", "2_12", "2_5")  # newest first; what Debian 13 has is newer than all of them
_PLATFORMS = [f"--platform=manylinux{version}_x86_64" for version in ("2014", "2010", "1")]
_PLATFORMS = [*(f"--platform=manylinux_{version}_x86_64" for version in _GLIBCS), *_PLATFORMS]
# Nothing of these is ever imported by what runs.
_UNUSED = ("*/tests", "*/test", "*.pyi", "*.map", "share/man", "bin", "*.dist-info/RECORD")
_READ_AS_TEXT = {"alembic", "versions"}  # migrations of the hub's database


def interpreter() -> Path:
    """Python on this machine, from Debian's packages: a script that starts it through its loader."""
    root = debian.unpacked(debian.JUPYTER)
    text = (
        "#!/bin/sh\n"
        f'export PYTHONHOME="{root}/usr"\n'
        f'exec "{root}/{debian.LOADER}" --library-path "{root}/{debian.LIBRARIES}" --argv0 "$0" \\\n'
        f'  "{root}/usr/bin/python{VERSION}" "$@"\n'
    )

    def build(target: Path) -> None:
        target.mkdir()
        (target / "python3").write_text(text)
        (target / "python3").chmod(0o755)

    return cache.made("python", cache.key(text), build) / "python3"


def standard_library() -> Path:
    """Python's own modules, compiled."""

    def build(target: Path) -> None:
        shutil.copytree(debian.unpacked(debian.JUPYTER) / _STDLIB, target, symlinks=True)
        _compile(target, f"/{_STDLIB}")

    return cache.made(
        "python-library", cache.key(debian.unpacked(debian.JUPYTER).name, Path(__file__)), build
    )


def wheels(name: str, lock: Path, place: str = SITE) -> Path:
    """The wheels of a lock file, unpacked and compiled for a folder `place` of an image."""

    def build(target: Path) -> None:
        words = ["--quiet", "--no-deps", "--no-compile", "--require-hashes", "--only-binary=:all:"]
        words += [*_PLATFORMS, "--implementation=cp", f"--python-version={VERSION}"]
        run([sys.executable, "-m", "pip", "install", *words, "--target", target, "-r", lock])
        for pattern in _UNUSED:
            for path in [each for each in target.rglob("*") if each.match(pattern)]:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        _compile(target, place)

    return cache.made(f"wheels-{name}", cache.key(lock, Path(__file__), place), build)


def _compile(folder: Path, place: str) -> None:
    """Compiled modules in the sources' place: half the bytes and half the files. They need no look at dates,
    which are all the same in an image."""
    words = ["-q", "-b", "--invalidation-mode", "unchecked-hash", "-s", folder, "-p", place, folder]
    run([interpreter(), "-m", "compileall", *words])
    for source in folder.rglob("*.py"):
        if source.with_suffix(".pyc").is_file() and not _READ_AS_TEXT & set(source.parts):
            source.unlink()


def tree(folder: Path, place: str) -> Iterator[tuple[str, Path]]:
    """Every file below `folder`, with its path in an image where that is `place`."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"{place}/{path.relative_to(folder)}", path


def extensions(*folders: Path) -> list[Path]:
    """The compiled modules there, whose libraries an image must have."""
    return [path for folder in folders for path in folder.rglob("*.so*") if not path.is_symlink()]
