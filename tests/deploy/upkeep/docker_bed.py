"""A docker daemon's socket, as far as cleaning asks it: images, when they were tagged, removal, pruning."""

import json
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


class Docker:
    """Its images by name, with the time they were tagged at; what was asked of it; what pruning does."""

    def __init__(self, socket: Path) -> None:
        self.images: dict[str, str] = {}
        self.busy: set[str] = set()
        self.asked: list[str] = []
        self.on_prune: Callable[[], object] = lambda: None
        self.options: dict[str, list[str]] = {}
        docker = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*docker.get(urlsplit(self.path).path.removeprefix("/v1.44")))

            def do_DELETE(self) -> None:
                self._answer(*docker.delete(unquote(self.path).removeprefix("/v1.44/images/")))

            def do_POST(self) -> None:
                parts = urlsplit(self.path)
                docker.options[parts.path] = [
                    key for pair in parse_qs(parts.query).items() for key in pair[1]
                ]
                docker.asked.append(f"POST {parts.path}")
                docker.on_prune()
                self._answer(200, {})

            def _answer(self, status: int, body: object) -> None:
                data = json.dumps(body, separators=(",", ":")).encode() if body != "OK" else b"OK"
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._server = socketserver.ThreadingUnixStreamServer(str(socket), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def get(self, path: str) -> tuple[int, object]:
        if path == "/_ping":
            return 200, "OK"
        if path == "/images/json":
            label = {"repo2docker.ref": '"RepoTags":["evil:1"]'}
            return 200, [{"Id": "sha256:1", "Labels": label, "RepoTags": [name]} for name in self.images]
        name = path.removeprefix("/images/").removesuffix("/json")
        return 200, {"Id": "sha256:1", "Metadata": {"LastTagTime": self.images[name]}}

    def delete(self, name: str) -> tuple[int, object]:
        self.asked.append(f"DELETE {name}")
        if name in self.busy:
            return 409, {"message": "image is being used by running container"}
        del self.images[name]
        return 200, []

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
