"""Downloads against a real HTTP server on loopback that behaves well and badly."""

import errno
import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_singlenode.bundle import digest
from binder_singlenode.download import Obtained, download, obtain
from binder_singlenode.errors import BundleError
from binder_singlenode.fetch import ATTEMPTS, Fetcher
from binder_singlenode.publishers import Digest
from binder_singlenode.versions import Artifact, Release

CONTENT = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()
EXPECTED = Digest("sha256", SHA256)

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers with what the test put in the server's `answers`, one a request; the last one stays."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Any = self.server
        server.ranges.append(self.headers.get("Range"))
        answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        answer(self)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def whole(handler: Handler) -> None:
    """The content, or the part that is asked for."""
    asked = handler.headers.get("Range")
    if not asked:
        return handler.send(200, CONTENT)
    start = int(asked.removeprefix("bytes=").removesuffix("-"))
    if start >= len(CONTENT):
        return handler.send(416, b"")
    span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
    return handler.send(206, CONTENT[start:], Content_Range=span)


def without_ranges(handler: Handler) -> None:
    handler.send(200, CONTENT)


def broken_after(count: int) -> Answer:
    """Promise all, send `count` bytes, hang up."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        handler.wfile.write(CONTENT[:count])
        handler.close_connection = True

    return answer


def status(code: int) -> Answer:
    return lambda handler: handler.send(code, b"no")


def body(content: bytes) -> Answer:
    return lambda handler: handler.send(200, content)


class AnsweringServer(ThreadingHTTPServer):
    """The socket server behind it."""

    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.answers: list[Answer] = [whole]
        self.ranges: list[str | None] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about."""


class Server:
    """A server of a test, and the answers it gives."""

    def __init__(self) -> None:
        self.http = AnsweringServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/file"

    @property
    def ranges(self) -> list[str | None]:
        return self.http.ranges

    def answers(self, *answers: Answer) -> None:
        self.http.answers = list(answers)

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def fetch(pauses: list[float]) -> Iterator[Fetcher]:
    fetcher = Fetcher(pause=pauses.append, read_timeout_s=0.3)
    yield fetcher
    fetcher.close()


def get(server: Server, cache: Path, fetch: Fetcher, expected: Digest = EXPECTED) -> Obtained:
    return obtain(server.url, expected, cache, fetch)


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


def test_a_wrong_sha512_is_refused(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="expected sha512:0000"):
        get(server, tmp_path, fetch, Digest("sha512", "0" * 128))
    assert not (tmp_path / "sha256").exists()


def test_a_broken_connection_is_resumed(
    server: Server, fetch: Fetcher, tmp_path: Path, pauses: list[float]
) -> None:
    server.answers(broken_after(300_000), whole)
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-"]
    assert len(pauses) == 1


def test_a_killed_run_is_resumed_by_the_next(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    partial = tmp_path / "partial" / f"sha256-{SHA256}"
    partial.parent.mkdir()
    partial.write_bytes(CONTENT[:1000])
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_a_run_killed_before_the_rename(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    partial = tmp_path / "partial" / f"sha256-{SHA256}"
    partial.parent.mkdir()
    partial.write_bytes(CONTENT)
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={len(CONTENT)}-"]


@pytest.mark.parametrize("rest", [b"another file's beginning", CONTENT + b"too long"])
def test_a_partial_file_of_something_else_is_begun_anew(
    server: Server, fetch: Fetcher, tmp_path: Path, rest: bytes
) -> None:
    partial = tmp_path / "partial" / f"sha256-{SHA256}"
    partial.parent.mkdir()
    partial.write_bytes(rest)
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={len(rest)}-", None]


def test_a_server_that_knows_no_ranges(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    server.answers(broken_after(1000), without_ranges)
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT


def test_a_damaged_file_in_the_cache_is_fetched_again(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    path = get(server, tmp_path, fetch).path
    path.write_bytes(CONTENT[:-1] + b"x")
    assert digest(get(server, tmp_path, fetch).path) == SHA256


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


def test_a_busy_server_is_asked_again(
    server: Server, fetch: Fetcher, tmp_path: Path, pauses: list[float]
) -> None:
    server.answers(status(503), status(429), whole)
    get(server, tmp_path, fetch)
    assert pauses == [1.0, 2.0]


def test_a_server_that_stays_busy(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    server.answers(status(503))
    with pytest.raises(BundleError, match="the server answers 503"):
        get(server, tmp_path, fetch)
    assert len(server.ranges) == ATTEMPTS


def test_a_server_that_falls_silent(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    done = threading.Event()

    def silent(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "10")
        handler.end_headers()
        handler.wfile.flush()
        done.wait(20)

    server.answers(silent)
    try:
        with pytest.raises(BundleError, match="the server does not answer in time") as caught:
            get(server, tmp_path, fetch)
    finally:
        done.set()
    assert "--bundle DIR" in (caught.value.hint or "")


def test_no_network(fetch: Fetcher, tmp_path: Path) -> None:
    gone = Server()
    gone.close()
    with pytest.raises(BundleError, match="no connection: ") as caught:
        get(gone, tmp_path, fetch)
    assert "needs no internet" in (caught.value.hint or "")


def test_a_connection_that_always_breaks(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    server.answers(broken_after(0))
    with pytest.raises(BundleError, match="the connection broke: "):
        get(server, tmp_path, fetch)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EROFS, "it can't be written: Read-only file system"),
    ],
)
def test_a_disk_that_takes_no_more(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    real = Path.open

    def full(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if "b" in mode and "partial" in self.parts and mode != "rb":
            raise OSError(number, errno_text(number), str(self))
        return real(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(BundleError) as caught:
        get(server, tmp_path, Fetcher(pause=lambda _: None))
    assert caught.value.message == message
    assert caught.value.where == str(tmp_path / "partial" / f"sha256-{SHA256}")


def errno_text(number: int) -> str:
    return {errno.EROFS: "Read-only file system"}.get(number, "No space left on device")


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
    monkeypatch.setattr("binder_singlenode.fetch.DOCUMENT_MAX_BYTES", 1000)
    fetch = Fetcher(httpx.MockTransport(lambda _: httpx.Response(200, content=b"x" * 5000)))
    with pytest.raises(BundleError, match="larger than 1000 bytes"):
        fetch("https://example.test/index.yaml")


def test_a_file_without_end_is_refused(
    server: Server, fetch: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binder_singlenode.fetch.FILE_MAX_BYTES", 1000)
    with pytest.raises(BundleError, match="larger than 1000 bytes"):
        get(server, tmp_path, fetch)


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


def test_the_test_servers_content_is_large_enough_to_break() -> None:
    assert len(CONTENT) > io.DEFAULT_BUFFER_SIZE * 100
