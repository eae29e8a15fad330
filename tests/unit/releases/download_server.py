"""A real HTTP server on loopback that behaves well and badly."""

import hashlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from binder_singlenode.releases.cache import Obtained, obtain
from binder_singlenode.releases.http import Fetcher
from binder_singlenode.releases.publishers import Digest

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


def get(server: Server, cache: Path, fetch: Fetcher, expected: Digest = EXPECTED) -> Obtained:
    """Obtain the server's file."""
    return obtain(server.url, expected, cache, fetch)
