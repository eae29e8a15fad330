"""Programs in the form that their publishers release them in: one file in a .tar.gz."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

from building import cache

# gzip's own default. Level 9 takes three times as long for 1 % less.
_LEVEL = 6


def packed(name: str, program: Path, member: str) -> Path:
    """NAME.tar.gz with the program as `member`; the same bytes for the same program."""

    def build(target: Path) -> None:
        entry = tarfile.TarInfo(member)
        entry.size, entry.mode = program.stat().st_size, 0o755
        with (
            target.open("wb") as raw,
            gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as stream,
            tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive,
            program.open("rb") as source,
        ):
            archive.addfile(entry, source)

    return cache.made(f"{name}-packed", cache.key(program.parent.name, program.name, member), build)
