"""Verified files in a content-addressed cache: CACHE/sha256/<digest>.

A file is downloaded to CACHE/partial/, compared with its digest, and only then renamed to sha256/. So every
file in sha256/ was complete when it was placed there. If a run is killed, the next one resumes its download.
Two runs at the same time wait for each other, file by file.

If a publisher states only SHA-512 (caddy), the downloaded file is compared with that. The lock file then
records the SHA-256, computed from the same bytes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from binder_singlenode.errors import BundleError
from binder_singlenode.releases.bundle import digest as digest_of
from binder_singlenode.releases.http import Fetch, disk_error
from binder_singlenode.releases.publishers import Digest
from binder_singlenode.releases.versions import Artifact, Release


@dataclass(frozen=True)
class Obtained:
    """A verified file in the cache."""

    path: Path
    sha256: str
    size_bytes: int


def download(release: Release, cache_dir: Path, fetch: Fetch) -> Release:
    """`release` with every artifact as a verified file on this computer. Raises BundleError."""

    def here(artifact: Artifact) -> Artifact:
        return artifact if artifact.path else _artifact(artifact, cache_dir, fetch)

    return replace(
        release,
        k3s=here(release.k3s),
        helm=here(release.helm),
        caddy=here(release.caddy),
        chart=here(release.chart),
        images=tuple(here(image) for image in release.images),
    )


def _artifact(artifact: Artifact, cache_dir: Path, fetch: Fetch) -> Artifact:
    if artifact.url is None:
        raise BundleError(f"{artifact.name} has neither a file nor a URL", hint="Make the lock file again.")
    obtained = obtain(artifact.url, Digest("sha256", artifact.sha256), cache_dir, fetch)
    return replace(artifact, path=obtained.path, size_bytes=obtained.size_bytes)


def obtain(url: str, expected: Digest, cache_dir: Path, fetch: Fetch) -> Obtained:
    """The file at `url` with the digest `expected`, from the cache or fetched into it. Raises BundleError."""
    try:
        with _staged(expected, cache_dir) as partial:
            # Looked up under the lock: another run may have just finished the same file.
            return _cached(expected, cache_dir) or _fetched(url, expected, cache_dir, partial, fetch)
    except OSError as error:
        raise disk_error(error, str(cache_dir)) from error


def _cached(expected: Digest, cache_dir: Path) -> Obtained | None:
    """The file in the cache, verified again; a damaged file is deleted."""
    path = cache_dir / "sha256" / expected.hex
    if expected.algorithm != "sha256" or not path.is_file():
        return None
    if digest_of(path) != expected.hex:
        path.unlink()
        return None
    return Obtained(path, expected.hex, path.stat().st_size)


def _fetched(url: str, expected: Digest, cache_dir: Path, partial: Path, fetch: Fetch) -> Obtained:
    """Download, verify, rename. A resumed file with a wrong digest is downloaded again from the start."""
    resumed = partial.stat().st_size > 0
    fetch.into(url, partial)
    found = digest_of(partial, expected.algorithm)
    if found != expected.hex and resumed:
        os.truncate(partial, 0)
        fetch.into(url, partial)
        found = digest_of(partial, expected.algorithm)
    if found != expected.hex:
        os.truncate(partial, 0)
        raise BundleError(
            f"expected {expected}, found {expected.algorithm}:{found}",
            where=url,
            hint="The file was thrown away. A proxy may have changed it, or the publisher: don't install it.",
        )
    return _placed(partial, cache_dir)


def _placed(partial: Path, cache_dir: Path) -> Obtained:
    """Rename a verified file to its SHA-256."""
    with partial.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    path = cache_dir / "sha256" / sha256
    path.parent.mkdir(parents=True, exist_ok=True)
    partial.replace(path)
    return Obtained(path, sha256, path.stat().st_size)


@contextmanager
def _staged(expected: Digest, cache_dir: Path) -> Iterator[Path]:
    """The partial file for a digest, locked by this run."""
    folder = cache_dir / "partial"
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{expected.algorithm}-{expected.hex}"
    with (folder / f"{partial.name}.lock").open("w") as lock:
        _hold(lock)
        partial.touch()
        yield partial
        if partial.exists() and partial.stat().st_size == 0:
            partial.unlink()


def _hold(lock: IO[str]) -> None:
    """Wait for another run's download of the same file; the kernel releases the lock when that run dies."""
    fcntl.flock(lock, fcntl.LOCK_EX)
