"""Built things, kept under the XDG cache folder and found again by what they were made of."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def root() -> Path:
    """The folder of the test bed in the XDG cache folder."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "binder-singlenode" / "testbed"


def say(text: str) -> None:
    """A progress line, for people."""
    print(f"testbed: {text}", file=sys.stderr, flush=True)


def key(*parts: str | bytes | Path) -> str:
    """A name for what is made of `parts`: texts as they are, files and folders by name and content."""
    digest = hashlib.sha256()
    for part in parts:
        for piece in _pieces(part):
            digest.update(hashlib.sha256(piece).digest())
    return digest.hexdigest()[:24]


def _pieces(part: str | bytes | Path) -> Iterable[bytes]:
    if isinstance(part, Path):
        files = sorted(path for path in part.rglob("*") if path.is_file()) if part.is_dir() else [part]
        for path in files:
            yield str(path.relative_to(part) if part.is_dir() else path.name).encode()
            yield path.read_bytes()
    else:
        yield part.encode() if isinstance(part, str) else part


def made(name: str, digest: str, build: Callable[[Path], None]) -> Path:
    """The cached thing NAME-DIGEST; `build(path)` makes it when it is not there.

    It is built under another name and renamed, so a build that was killed leaves nothing behind that
    could be taken for a result. Of two that want the same, the second waits for the first. Older versions of
    NAME are removed.
    """
    target = root() / f"{name}-{digest}"
    if not target.exists():
        root().mkdir(parents=True, exist_ok=True)
        with _alone(name):
            if not target.exists():
                _build(name, target, build)
    os.utime(target)
    return target


@contextmanager
def _alone(name: str) -> Iterator[None]:
    with (root().parent / f".testbed-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(name: str, target: Path, build: Callable[[Path], None]) -> None:
    say(f"{name}: building")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=root(), prefix=f".{name}-") as staging:
        result = Path(staging) / name
        build(result)
        result.rename(target)
    _forget_older(name, target)
    say(f"{name}: built in {time.monotonic() - began:.0f} s")


def _forget_older(name: str, target: Path) -> None:
    for path in root().glob(f"{name}-*"):
        if path != target and len(path.name) == len(target.name):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
