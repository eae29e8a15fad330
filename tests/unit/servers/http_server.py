"""A small HTTP server on 127.0.0.1 whose answers each test writes itself."""

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """Routes by path (without query); what came is in `seen`. `closing` is set when the test is over."""

    url: str = ""
    routes: dict[str, Answer] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    http: ThreadingHTTPServer | None = None

    def serve_tls(self, pem: Path) -> None:
        """From now on speak TLS with the certificate and key in `pem`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        assert self.http is not None
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)

    def on(
        self, path: str, status: int = 200, body: str = "", kind: str = "application/json", **headers: str
    ) -> None:
        """Answer `path` with these bytes."""
        self.routes[path] = lambda request: send(request, status, body.encode(), kind, headers)

    def stream(self, path: str, *chunks: bytes | Callable[[], None], cut: bool = False) -> None:
        """Answer `path` with an event stream of these chunks (a callable is called between two of them)."""
        self.routes[path] = lambda request: send_stream(request, chunks, cut)


def send(
    request: BaseHTTPRequestHandler, status: int, body: bytes, kind: str, headers: dict[str, str]
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


def send_stream(
    request: BaseHTTPRequestHandler, chunks: tuple[bytes | Callable[[], None], ...], cut: bool
) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/event-stream; charset=utf-8")
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    for chunk in chunks:
        if callable(chunk):
            chunk()
            continue
        request.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        request.wfile.flush()
    if not cut:
        request.wfile.write(b"0\r\n\r\n")
    request.close_connection = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: Server

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.state.seen.append(
            Seen(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        )
        answer = self.state.routes.get(self.path) or self.state.routes.get(self.path.split("?")[0])
        try:
            if answer is None:
                send(self, 404, b'{"message": "no such route"}', "application/json", {})
            else:
                answer(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = _handle

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that answers 404 until the test adds routes."""
    state = Server()
    handler = type("Handler", (_Handler,), {"state": state})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    http.daemon_threads = True
    state.http = http
    state.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    state.closing.set()
    http.shutdown()
    http.server_close()
