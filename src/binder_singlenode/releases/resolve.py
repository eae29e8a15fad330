"""The Release of versions.py with the publishers' digests, for a new lock file."""

from __future__ import annotations

from pathlib import Path

from binder_singlenode.base.folders import cache_dir as default_cache_dir
from binder_singlenode.errors import BundleError
from binder_singlenode.releases import publishers, versions
from binder_singlenode.releases.cache import obtain
from binder_singlenode.releases.http import Fetch, Fetcher
from binder_singlenode.releases.publishers import Source
from binder_singlenode.releases.versions import Artifact, Release


def downloads_dir() -> Path:
    """The cache of verified files."""
    return default_cache_dir() / "downloads"


def resolve(arch: str, fetch: Fetch | None = None, cache_dir: Path | None = None) -> Release:
    """The Release of versions.py, with the publishers' digests. Raises BundleError."""
    fetch, cache_dir = fetch or Fetcher(), cache_dir or downloads_dir()
    if arch not in versions.ARCHITECTURES:
        raise BundleError(f"no release for {arch}", hint=f"Known: {', '.join(versions.ARCHITECTURES)}.")
    chart, chart_digest = publishers.from_index(_text(fetch, publishers.CHART_INDEX))
    return Release(
        arch=arch,
        k3s=_published(publishers.k3s(arch), fetch, cache_dir),
        helm=_published(publishers.helm(arch), fetch, cache_dir),
        caddy=_published(publishers.caddy(arch), fetch, cache_dir),
        chart=_artifact(chart, chart_digest.hex, None),
        images=(),
        settings=versions.default_settings(),
        sample_repository=versions.SAMPLE_REPOSITORY,
    )


def _published(source: Source, fetch: Fetch, cache_dir: Path) -> Artifact:
    """The artifact with its SHA-256: as published, or computed from the file if only SHA-512 is published."""
    stated = publishers.from_checksums(_text(fetch, source.checksums_url), source)
    if stated.algorithm == "sha256":
        return _artifact(source, stated.hex, None)
    obtained = obtain(source.url, stated, cache_dir, fetch)
    return _artifact(source, obtained.sha256, obtained.size_bytes)


def _artifact(source: Source, sha256: str, size_bytes: int | None) -> Artifact:
    return Artifact(source.kind, source.version, sha256, size_bytes, url=source.url, member=source.member)


def _text(fetch: Fetch, url: str) -> str:
    try:
        return fetch(url).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleError("it is not a text", where=url) from error
