"""Files come once, are kept in the cache, and are what was asked for."""

import hashlib
import threading
from pathlib import Path

import pytest

from binder_singlenode.errors import BundleError
from binder_singlenode.releases.bundle import digest
from binder_singlenode.releases.cache import Obtained, download
from binder_singlenode.releases.http import Fetcher
from binder_singlenode.releases.publishers import Digest
from binder_singlenode.releases.versions import Artifact, Release

from .download_server import CONTENT, SHA256, Server, get


def test_a_file_is_fetched_once_and_then_taken_from_the_cache(
    server: Server, fetch: Fetcher, tmp_path: Path
) -> None:
    first = get(server, tmp_path, fetch)
    assert first == Obtained(tmp_path / "sha256" / SHA256, SHA256, len(CONTENT))
    assert first.path.read_bytes() == CONTENT
    assert get(server, tmp_path, fetch) == first
    assert server.ranges == [None]
    assert [path.suffix for path in (tmp_path / "partial").iterdir()] == [".lock"]


def test_a_file_of_which_only_sha512_is_known_gets_its_sha256(
    server: Server, fetch: Fetcher, tmp_path: Path
) -> None:
    obtained = get(server, tmp_path, fetch, Digest("sha512", hashlib.sha512(CONTENT).hexdigest()))
    assert obtained.sha256 == SHA256
    get(server, tmp_path, fetch)
    assert server.ranges == [None], "the lock's SHA-256 finds the same file"


def test_a_damaged_file_in_the_cache_is_fetched_again(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    path = get(server, tmp_path, fetch).path
    path.write_bytes(CONTENT[:-1] + b"x")
    assert digest(get(server, tmp_path, fetch).path) == SHA256


def test_a_cache_that_is_a_file(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.write_text("")
    with pytest.raises(BundleError, match="it can't be written: "):
        get(server, cache, fetch)


def test_two_runs_at_once_fetch_a_file_once(server: Server, tmp_path: Path) -> None:
    results: list[Obtained] = []

    def run() -> None:
        results.append(get(server, tmp_path, Fetcher(pause=lambda _: None)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 1
    assert server.ranges == [None]


def test_a_release_is_downloaded_whole(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    def artifact(name: str) -> Artifact:
        return Artifact(name, "1", SHA256, url=server.url, member="x")

    here = tmp_path / "here"
    here.write_bytes(CONTENT)
    local = Artifact("images", "1", SHA256, path=here)
    parts = {name: artifact(name) for name in ("k3s", "helm", "caddy", "chart")}
    release = Release(arch="amd64", images=(local,), settings={}, **parts)
    got = download(release, tmp_path / "cache", fetch)
    for item in (got.k3s, got.helm, got.caddy, got.chart):
        assert item.path is not None
        assert item.path.read_bytes() == CONTENT
        assert (item.size_bytes, item.member) == (len(CONTENT), "x")
    assert got.images == (local,)


def test_an_artifact_from_nowhere(fetch: Fetcher, tmp_path: Path) -> None:
    nowhere = Artifact("k3s", "1", SHA256)
    release = Release("amd64", nowhere, nowhere, nowhere, nowhere, (), {})
    with pytest.raises(BundleError, match="k3s has neither a file nor a URL"):
        download(release, tmp_path, fetch)
