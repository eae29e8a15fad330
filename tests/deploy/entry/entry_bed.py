"""A real Caddy on loopback, in front of two small servers that say what reached them."""

import json
import os
import shutil
import socket
import subprocess
import tarfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "binder-singlenode" / "testbed"
START_LIMIT_S = 20


def caddy_program(folder: Path) -> Path | None:
    """The one that the test bed hands out, Debian's that it is made from, or any other there is."""
    for archive in sorted(CACHE.glob("caddy-packed-*")):
        with tarfile.open(archive) as packed:
            packed.extract("caddy", folder, filter="data")
        return folder / "caddy"
    for unpacked in sorted(CACHE.glob("debian-*/usr/bin/caddy")):
        return unpacked
    found = os.environ.get("BINDER_CADDY") or shutil.which("caddy")
    return Path(found) if found else None


def free_port() -> int:
    """A port that nobody has at the moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Echo(BaseHTTPRequestHandler):
    """Answers with the request's headers; a path of /status/N with status N; an Upgrade with an echo."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.headers.get("Upgrade"):
            return self._upgrade()
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        length = int(self.headers.get("Content-Length") or 0)
        read = len(self.rfile.read(length))
        status = int(self.path.rpartition("/")[2]) if "/status/" in self.path else 200
        told = {"name": self.server.name, "path": self.path, "read": read}  # type: ignore[attr-defined]
        body = json.dumps({**told, "headers": {k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET

    def _upgrade(self) -> None:
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        while data := self.connection.recv(1000):
            self.connection.sendall(data.upper())
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Without the library's question to the DNS for this computer's name."""
        TCPServer.server_bind(self)
        self.server_port = self.server_address[1]


@dataclass
class Upstream:
    """One of the two servers behind the entry."""

    server: _Server

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def asked(self) -> list[str]:
        """The paths that it was asked for, without those of upgrades."""
        asked: list[str] = self.server.asked  # type: ignore[attr-defined]
        return asked

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def upstream(name: str, at: tuple[str, int] = ("127.0.0.1", 0)) -> Upstream:
    """A running one."""
    server = _Server(at, _Echo)
    server.name, server.asked = name, []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return Upstream(server)


class Caddy:
    """A running Caddy with one Caddyfile; it listens on all of these ports, one after the other."""

    def __init__(self, program: Path, caddyfile: Path, *ports: int) -> None:
        folder = caddyfile.parent
        homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder / "state"))
        command = [program, "run", "--config", caddyfile, "--adapter", "caddyfile"]
        self.log = folder / "caddy.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, env={**os.environ, **homes, "CREDENTIALS_DIRECTORY": str(folder)}, stderr=log
            )
        for port in ports:
            wait_for_port(port, self.process, self.log)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until somebody listens there."""
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}:\n{log.read_text()}")


FORGED = {
    "X-Forwarded-For": "203.0.113.66",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example.org",
    "X-Real-IP": "203.0.113.66",
    "X-Scheme": "https",
    "Forwarded": "for=203.0.113.66",
}


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def ask(url: str, *, data: bytes | None = None, **headers: str) -> Any:
    """(status, headers, body); redirects are not followed."""
    opener = build_opener(_Stay)
    try:
        answer = opener.open(Request(url, headers=headers, data=data), timeout=20)
    except HTTPError as error:
        answer = error
    return answer.status, answer.headers, answer.read()


def self_signed(certificate: Path, key: Path, *names: str, days: int = 90) -> None:
    """A certificate for the names, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    alternative = "subjectAltName=" + ",".join(f"DNS:{name}" for name in names) + ",IP:127.0.0.1"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test"]
    command += ["-addext", alternative, "-days", str(days), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
