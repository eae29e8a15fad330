"""A local double of the Hetzner Cloud API (https://docs.hetzner.cloud): a real HTTP server on 127.0.0.1.

It is strict: a request the real API would refuse (unknown field or parameter, wrong type, no token) is
refused, and noted in `complaints`, which fails the test. Faults are scripted per request. Time is the test's
`FakeClock`: actions and changes of state take fake seconds.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .hcloud_faults import TOKEN, FakeClock, Fault, Refusal, Request
from .hcloud_project import LISTED, POSTED, Project


class HcloudDouble(Project):
    """The HTTP side: who may ask, what is an endpoint, which fault strikes."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.endpoint = ""
        self.release = threading.Event()
        self._lock = threading.RLock()

    # -- what tests ask and do

    def left(self) -> dict[str, list[str]]:
        """What exists, by kind; empty kinds left out."""
        kinds = ("servers", "ssh_keys", "firewalls", "primary_ips", "volumes")
        return {
            kind: [row["name"] for row in self.tables[kind].values()] for kind in kinds if self.tables[kind]
        }

    def fault(self, when: Callable[[int, Request], bool], **kinds: Any) -> Fault:
        """Script a fault."""
        self.faults.append(Fault(when, **kinds))
        return self.faults[-1]

    @contextmanager
    def serve(self) -> Iterator[HcloudDouble]:
        """Answer on 127.0.0.1 until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.release.set()
            server.shutdown()
            server.server_close()
            thread.join(5)

    # -- requests

    def answer(
        self, method: str, target: str, token: str, text: bytes
    ) -> tuple[Fault | None, int, Any, dict[str, str]]:
        """One request: the fault that strikes, status, body, headers."""
        with self._lock:
            url = urlsplit(target)
            path = url.path.removeprefix("/v1")
            try:
                body = json.loads(text) if text else None
            except ValueError:
                body = self._complain(f"{method} {path}: the body is no JSON")
            request = Request(method, path, body)
            number = len(self.requests)
            self.requests.append(request)
            fault = next((f for f in self.faults if f.times > 0 and f.when(number, request)), None)
            if fault is not None:
                fault.times -= 1
            try:
                if fault is not None and fault.refuse is not None:
                    raise fault.refuse
                if token != f"Bearer {TOKEN}":
                    raise Refusal(401, "unauthorized", f"unable to authenticate with {token}")
                before = set(self.actions)
                status, answer = self._route(method, path, parse_qs(url.query), body)
                self._strike(fault, [self.actions[key] for key in sorted(set(self.actions) - before)])
                return fault, status, answer, {}
            except Refusal as refusal:
                error = {"error": {"code": refusal.code, "message": refusal.message, "details": None}}
                return fault, refusal.status, error, refusal.headers

    @staticmethod
    def _strike(fault: Fault | None, actions: list[dict[str, Any]]) -> None:
        if fault is not None and actions:
            if fault.action_error:
                actions[0]["_error"] = fault.action_error
            if fault.stuck:
                for action in actions:
                    action["_ends"] = float("inf")

    def _route(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        self._settle()
        kind, *rest = path.strip("/").split("/")
        if kind == "actions" and method == "GET" and len(rest) == 1:
            return 200, {"action": self._shown(self._row(self.actions, rest[0]))}
        if kind == "pricing" and method == "GET":
            return 200, {"pricing": {"currency": "EUR", "vat_rate": "19.00"}}
        if kind in LISTED:
            return self._resource(method, kind, rest, query, body)
        self._complain(f"{method} {path}: no such endpoint")

    def _resource(
        self, method: str, kind: str, rest: list[str], query: dict[str, list[str]], body: Any
    ) -> tuple[int, Any]:
        table = self.tables[kind]
        if not rest:
            if method == "GET":
                return 200, self._list(kind, query)
            if method == "POST" and kind in POSTED:
                return 201, getattr(self, f"_create_{kind}")(self._checked(kind, body))
        elif len(rest) == 1:
            row = self._row(table, rest[0])
            if method == "GET":
                return 200, {kind.removesuffix("s"): self._shown(row)}
            if method == "PUT" and kind == "primary_ips":
                return 200, self._update_address(row, body)
            if method == "DELETE" and kind in ("servers", "ssh_keys", "firewalls", "primary_ips", "volumes"):
                return self._delete(kind, row)
        elif kind == "servers" and rest[1] == "actions":
            return self._server_actions(method, self._row(table, rest[0]), rest[2:])
        self._complain(f"{method} /{kind}/{'/'.join(rest)}: no such endpoint")

    def _server_actions(self, method: str, row: dict[str, Any], rest: list[str]) -> tuple[int, Any]:
        if method == "GET" and not rest:
            mine = [self._shown(each) for each in self.actions.values() if each["_server"] == row["id"]]
            return 200, {"actions": mine, "meta": self._meta(1, 50, len(mine))}
        targets = {"poweron": "running", "poweroff": "off", "shutdown": "off"}
        if method == "POST" and rest and rest[0] in targets:
            return 201, {"action": self._shown(self._act(f"{rest[0]}_server", row, status=targets[rest[0]]))}
        self._complain(f"{method} servers/…/actions/{rest}: no such endpoint")

    def _list(self, kind: str, query: dict[str, list[str]]) -> dict[str, Any]:
        unknown = set(query) - LISTED[kind] - {"page", "per_page", "sort"}
        if unknown:
            self._complain(f"GET /{kind}: unknown parameters {unknown}")
        rows = [] if kind in self.hidden else list(self.tables[kind].values())
        for name in set(query) & {"name", "fingerprint"}:
            rows = [row for row in rows if row.get(name) == query[name][0]]
        for term in query.get("label_selector", [""])[0].split(","):
            key, _, value = term.partition("=")
            rows = [row for row in rows if not key or row["labels"].get(key) == value]
        page, size = int(query.get("page", ["1"])[0]), min(int(query.get("per_page", ["25"])[0]), self.page)
        shown = [self._shown(row) for row in rows[(page - 1) * size : page * size]]
        return {kind: shown, "meta": self._meta(page, size, len(rows))}

    @staticmethod
    def _meta(page: int, size: int, total: int) -> dict[str, Any]:
        last = max(1, -(-total // size))
        return {
            "pagination": {
                "page": page, "per_page": size, "previous_page": page - 1 or None,
                "next_page": page + 1 if page < last else None, "last_page": last, "total_entries": total,
            }
        }  # fmt: skip

    def _row(self, table: dict[int, dict[str, Any]], text: str) -> dict[str, Any]:
        if not text.isdigit() or int(text) not in table:
            raise Refusal(404, "not_found", f"{text} not found")
        return table[int(text)]

    def _checked(self, kind: str, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict) or not isinstance(body.get("name"), str):
            self._complain(f"POST /{kind}: no name in the body")
        for key, value in body.items():
            expected = POSTED[kind].get(key)
            if expected is None or not isinstance(value, expected):
                self._complain(f"POST /{kind}: unknown or ill-typed field {key}={value!r}")
        for key, value in body.get("labels", {}).items():
            if not (isinstance(value, str) and len(value) <= 63 and len(key) <= 63):
                self._complain(f"POST /{kind}: bad label {key}={value!r}")
        if any(row["name"] == body["name"] for row in self.tables[kind].values()):
            raise Refusal(409, "uniqueness_error", f"{kind.removesuffix('s')} name is already used")
        return dict(body)


def _handler(double: HcloudDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # one packet per answer: no waiting for acknowledgements
        disable_nagle_algorithm = True

        def _any(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = self.headers.get("Authorization") or ""
            fault, status, body, headers = double.answer(self.command, self.path, token, text)
            if fault is not None and fault.slow:
                double.release.wait(30)
            if fault is not None and (fault.lose or fault.slow):
                self.close_connection = True
                return
            payload = b"" if body is None else json.dumps(body).encode()
            if fault is not None and fault.garble:
                payload = b"<html>upstream</html>"
            self.send_response(status)
            for key, value in {"Content-Length": str(len(payload)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PUT = do_DELETE = _any

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler
