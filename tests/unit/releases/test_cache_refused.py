"""What is not taken: wrong files, files without end, ways without TLS."""

import hashlib
from pathlib import Path

import httpx
import pytest

from binder_singlenode.errors import BundleError
from binder_singlenode.releases.cache import obtain
from binder_singlenode.releases.http import Fetcher
from binder_singlenode.releases.publishers import Digest

from .download_server import CONTENT, EXPECTED, SHA256, Server, body, get, status, whole


def test_a_wrong_sha512_is_refused(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="expected sha512:0000"):
        get(server, tmp_path, fetch, Digest("sha512", "0" * 128))
    assert not (tmp_path / "sha256").exists()


def test_a_wrong_file_is_refused_and_thrown_away(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    server.answers(body(b"tampered"))
    found = hashlib.sha256(b"tampered").hexdigest()
    with pytest.raises(BundleError) as caught:
        get(server, tmp_path, fetch)
    assert str(caught.value) == f"{server.url}: expected sha256:{SHA256}, found sha256:{found}"
    assert "thrown away" in (caught.value.hint or "")
    assert not (tmp_path / "sha256").exists()
    server.answers(whole)
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT


@pytest.mark.parametrize("code", [404, 410])
def test_no_such_file(server: Server, fetch: Fetcher, tmp_path: Path, code: int, pauses: list[float]) -> None:
    server.answers(status(code))
    with pytest.raises(BundleError) as caught:
        get(server, tmp_path, fetch)
    assert str(caught.value) == f"{server.url}: there is no such file (404)"
    assert "--bundle DIR" in (caught.value.hint or "")
    assert pauses == []


def test_tls_is_not_given_up_on_the_way(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.scheme == "https":
            return httpx.Response(302, headers={"Location": "http://mirror.test/file"})
        return httpx.Response(200, content=CONTENT)

    fetch = Fetcher(httpx.MockTransport(answer), pause=lambda _: None)
    with pytest.raises(BundleError, match=r"sends us on to http://mirror\.test/file, without TLS"):
        obtain("https://example.test/file", EXPECTED, tmp_path, fetch)


def test_redirects_within_tls_are_followed(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "example.test":
            return httpx.Response(302, headers={"Location": "https://mirror.test/file"})
        return httpx.Response(200, stream=httpx.ByteStream(CONTENT))

    fetch = Fetcher(httpx.MockTransport(answer))
    assert obtain("https://example.test/file", EXPECTED, tmp_path, fetch).sha256 == SHA256


def test_a_document_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binder_singlenode.releases.http.DOCUMENT_MAX_BYTES", 1000)
    fetch = Fetcher(httpx.MockTransport(lambda _: httpx.Response(200, content=b"x" * 5000)))
    with pytest.raises(BundleError, match="larger than 1000 bytes"):
        fetch("https://example.test/index.yaml")


def test_a_file_without_end_is_refused(
    server: Server, fetch: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binder_singlenode.releases.http.FILE_MAX_BYTES", 1000)
    with pytest.raises(BundleError, match="larger than 1000 bytes"):
        get(server, tmp_path, fetch)
