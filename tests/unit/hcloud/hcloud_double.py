"""A local double of the Hetzner Cloud API (https://docs.hetzner.cloud): a real HTTP server on 127.0.0.1.

It is strict: a request the real API would refuse (unknown field or parameter, wrong type, no token) is refused,
and noted in `complaints`, which fails the test. Faults are scripted per request. Time is the test's `FakeClock`:
actions and changes of state take fake seconds.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "t0kenT0KENt0kenT0KENt0kenT0KENt0kenT0KENt0kenT0KENt0kenT0KEN0123"
START = 1_800_000_000.0
LOCATIONS = ("fsn1", "nbg1", "hel1", "ash")
# name: cores, memory GB, disk GB, architecture, gross price an hour, locations
TYPES: dict[str, tuple[int, float, int, str, str, tuple[str, ...]]] = {
    "cx23": (2, 4.0, 40, "x86", "0.0060", LOCATIONS[:3]),
    "cx33": (4, 8.0, 80, "x86", "0.0095", LOCATIONS[:3]),
    "cpx32": (4, 8.0, 160, "x86", "0.0180", LOCATIONS[:3]),
    "cpx31": (4, 8.0, 160, "x86", "0.0280", LOCATIONS),
    "cax21": (4, 8.0, 80, "arm", "0.0110", LOCATIONS[:2]),
    "cx43": (8, 16.0, 160, "x86", "0.0190", LOCATIONS[:3]),
    "ccx63": (48, 192.0, 960, "x86", "0.8000", LOCATIONS),
}
IMAGES = ("debian-12", "debian-13", "ubuntu-24.04")
LISTED = {
    "servers": {"name", "label_selector", "status"},
    "ssh_keys": {"name", "label_selector", "fingerprint"},
    "firewalls": {"name", "label_selector"},
    "primary_ips": {"name", "label_selector", "ip"},
    "volumes": {"name", "label_selector", "status"},
    "server_types": {"name"},
    "locations": {"name"},
    "images": {"name", "type", "status", "architecture", "label_selector", "bound_to", "include_deprecated"},
}
POSTED: dict[str, dict[str, type]] = {
    "ssh_keys": {"name": str, "public_key": str, "labels": dict},
    "firewalls": {"name": str, "rules": list, "labels": dict, "apply_to": list},
    "servers": {
        "name": str, "server_type": str, "image": str, "location": str, "ssh_keys": list, "firewalls": list,
        "labels": dict, "user_data": str, "public_net": dict, "start_after_create": bool,
    },
}  # fmt: skip
RULE = {"direction", "protocol", "port", "source_ips", "destination_ips", "description"}


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = START
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@dataclass
class Refusal(Exception):
    """An answer that is an error."""

    status: int
    code: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)


class Kill(BaseException):
    """Stands for kill -9: nothing of the product may run after it."""


@dataclass(frozen=True)
class Request:
    """What came in."""

    method: str
    path: str
    body: Any


@dataclass
class Fault:
    """What goes wrong with the request that `when` picks."""

    when: Callable[[int, Request], bool]
    refuse: Refusal | None = None
    """Answer this, and do nothing."""
    lose: bool = False
    """Do it, and drop the connection instead of an answer."""
    garble: bool = False
    """Do it, and answer 200 with something that is no JSON."""
    slow: bool = False
    """Do it, and hold the answer until the test ends: the client's timeout strikes."""
    action_error: tuple[str, str] | None = None
    """Do it, and let the first action end in this error (code, message)."""
    stuck: bool = False
    """Do it, and let its actions run for ever."""
    times: int = 1


def nth(index: int) -> Callable[[int, Request], bool]:
    """The request of that index, counted from 0."""
    return lambda number, _request: number == index


def on(method: str, path: str) -> Callable[[int, Request], bool]:
    """A request of that method whose path starts so."""
    return lambda _number, request: request.method == method and request.path.startswith(path)


class HcloudDouble:
    """The project's state, and the rules by which it changes."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.tables: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in LISTED}
        self.actions: dict[int, dict[str, Any]] = {}
        self.faults: list[Fault] = []
        self.complaints: list[str] = []
        self.requests: list[Request] = []
        self.limit_servers = 5
        self.page = 50
        self.action_s = 5.0
        self.auto_delete_works = True
        self.endpoint = ""
        self.release = threading.Event()
        self._lock = threading.RLock()
        self._ids = iter(range(1000, 10**9))
        self._fill()

    # -- what tests ask and do

    def left(self) -> dict[str, list[str]]:
        """What exists, by kind; empty kinds left out."""
        kinds = ("servers", "ssh_keys", "firewalls", "primary_ips", "volumes")
        return {
            kind: [row["name"] for row in self.tables[kind].values()] for kind in kinds if self.tables[kind]
        }

    def add(self, kind: str, name: str, **fields: Any) -> dict[str, Any]:
        """Put a row in, as if somebody else had made it."""
        row = {"id": next(self._ids), "name": name, "labels": {}, "created": self._now(), **fields}
        self.tables[kind][row["id"]] = row
        return row

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

    def _complain(self, text: str) -> None:
        self.complaints.append(text)
        raise Refusal(422, "invalid_input", text)

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
        raise AssertionError

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
        raise AssertionError

    def _server_actions(self, method: str, row: dict[str, Any], rest: list[str]) -> tuple[int, Any]:
        if method == "GET" and not rest:
            mine = [self._shown(each) for each in self.actions.values() if each["_server"] == row["id"]]
            return 200, {"actions": mine, "meta": self._meta(1, 50, len(mine))}
        targets = {"poweron": "running", "poweroff": "off", "shutdown": "off"}
        if method == "POST" and rest and rest[0] in targets:
            return 201, {"action": self._shown(self._act(f"{rest[0]}_server", row, status=targets[rest[0]]))}
        self._complain(f"{method} servers/…/actions/{rest}: no such endpoint")
        raise AssertionError

    def _list(self, kind: str, query: dict[str, list[str]]) -> dict[str, Any]:
        unknown = set(query) - LISTED[kind] - {"page", "per_page", "sort"}
        if unknown:
            self._complain(f"GET /{kind}: unknown parameters {unknown}")
        rows = list(self.tables[kind].values())
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

    # -- resources

    def _create_ssh_keys(self, body: dict[str, Any]) -> dict[str, Any]:
        words = body.get("public_key", "").split()
        if len(words) < 2 or words[0] != "ssh-ed25519":
            self._complain(f"POST /ssh_keys: no public key: {body.get('public_key')!r}")
        if any(row["public_key"] == body["public_key"] for row in self.tables["ssh_keys"].values()):
            raise Refusal(409, "uniqueness_error", "SSH key not unique")
        fields = {key: body[key] for key in ("public_key", "labels")}
        return {"ssh_key": self.add("ssh_keys", body["name"], fingerprint="aa:bb", **fields)}

    def _create_firewalls(self, body: dict[str, Any]) -> dict[str, Any]:
        for rule in body.get("rules", []):
            has_port, needs_port = "port" in rule, rule.get("protocol") in ("tcp", "udp")
            if set(rule) - RULE or has_port != needs_port or not rule.get("source_ips"):
                self._complain(f"POST /firewalls: bad rule {rule}")
        every = {"port": None, "destination_ips": [], "description": None}
        rules = [{**every, **rule} for rule in body["rules"]]
        row = self.add("firewalls", body["name"], rules=rules, labels=body["labels"], applied_to=[])
        return {"firewall": row, "actions": []}

    def _create_servers(self, body: dict[str, Any]) -> dict[str, Any]:
        self._check_server(body)
        row = self.add(
            "servers", body["name"], labels=body["labels"], status="initializing", _firewalls=[], _user_data="",
            server_type=self._named("server_types", body["server_type"]), volumes=[], private_net=[],
            location=self._named("locations", body["location"]), image=self._named("images", body["image"]),
            protection={"delete": False, "rebuild": False}, locked=False, rescue_enabled=False,
        )  # fmt: skip
        row["_user_data"] = body["user_data"]
        row["_firewalls"] = [each["firewall"] for each in body["firewalls"]]
        for firewall in row["_firewalls"]:
            wall = self._row(self.tables["firewalls"], str(firewall))
            wall["applied_to"] = [{"type": "server", "server": {"id": row["id"]}}]
        for kind in ("ipv4", "ipv6"):
            self._add_address(kind, row)
        first = self._act("create_server", row, status="starting")
        second = self._act("start_server", row, status="running", after_s=2 * self.action_s)
        return {
            "server": self._shown(row), "action": self._shown(first), "next_actions": [self._shown(second)],
            "root_password": None,
        }  # fmt: skip

    def _check_server(self, body: dict[str, Any]) -> None:
        if set(POSTED["servers"]) != set(body):
            self._complain(f"POST /servers: fields {set(POSTED['servers']) ^ set(body)}")
        if set(body["public_net"]) - {"enable_ipv4", "enable_ipv6", "ipv4", "ipv6"}:
            self._complain(f"POST /servers: public_net {body['public_net']}")
        if any(set(each) != {"firewall"} for each in body["firewalls"]):
            self._complain(f"POST /servers: firewalls {body['firewalls']}")
        for key in body["ssh_keys"]:
            self._row(self.tables["ssh_keys"], str(key))
        kind = self._named("server_types", body["server_type"])
        if body["location"] not in [each["name"] for each in kind["locations"]]:
            raise Refusal(422, "invalid_input", "unsupported location for server type")
        if len(self.tables["servers"]) >= self.limit_servers:
            raise Refusal(403, "resource_limit_exceeded", "server limit exceeded")

    def _add_address(self, kind: str, server: dict[str, Any]) -> None:
        row = self.add(
            "primary_ips", "", ip="192.0.2.7" if kind == "ipv4" else "2001:db8::/64", type=kind, auto_delete=True,
            assignee_id=server["id"], assignee_type="server", blocked=False, dns_ptr=[],
            protection={"delete": False}, location=server["location"],
        )  # fmt: skip
        row["name"] = f"primary_ip-{row['id']}"

    def _update_address(self, row: dict[str, Any], body: Any) -> dict[str, Any]:
        if not isinstance(body, dict) or set(body) - {"name", "labels", "auto_delete"}:
            self._complain(f"PUT /primary_ips: {body}")
        row.update(body)
        return {"primary_ip": self._shown(row)}

    def _delete(self, kind: str, row: dict[str, Any]) -> tuple[int, Any]:
        if row.get("protection", {}).get("delete"):
            raise Refusal(423, "protected", f"{kind.removesuffix('s')} deletion is protected")
        if kind == "servers":
            return 200, {"action": self._shown(self._act("delete_server", row, status="gone"))}
        if kind == "firewalls" and any(
            row["id"] in each["_firewalls"] for each in self.tables["servers"].values()
        ):
            raise Refusal(422, "resource_in_use", "firewall with ID is still in use")
        if kind == "volumes" and row.get("server"):
            raise Refusal(423, "locked", "volume is attached")
        del self.tables[kind][row["id"]]
        return 204, None

    # -- time

    def _act(
        self, command: str, row: dict[str, Any], status: str, after_s: float | None = None
    ) -> dict[str, Any]:
        action = {
            "id": next(self._ids), "command": command, "status": "running", "progress": 0, "started": self._now(),
            "finished": None, "resources": [{"id": row["id"], "type": "server"}], "error": None,
            "_server": row["id"], "_target": status, "_error": None,
            "_ends": self.clock.now() + (self.action_s if after_s is None else after_s),
        }  # fmt: skip
        self.actions[action["id"]] = action
        return action

    def _settle(self) -> None:
        for action in list(self.actions.values()):
            if action["status"] == "running" and action["_ends"] <= self.clock.now():
                self._end(action)

    def _end(self, action: dict[str, Any]) -> None:
        action["finished"] = self._now()
        server = self.tables["servers"].get(action["_server"])
        if action["_error"]:
            code, message = action["_error"]
            action.update(status="error", error={"code": code, "message": message})
            return
        action.update(status="success", progress=100)
        if server is None:
            return
        if action["_target"] == "gone":
            self._drop(server)
        else:
            server["status"] = action["_target"]

    def _drop(self, server: dict[str, Any]) -> None:
        del self.tables["servers"][server["id"]]
        for address in list(self.tables["primary_ips"].values()):
            if address["assignee_id"] == server["id"]:
                address["assignee_id"] = None
                if address["auto_delete"] and self.auto_delete_works:
                    del self.tables["primary_ips"][address["id"]]
        for volume in self.tables["volumes"].values():
            if volume.get("server") == server["id"]:
                volume["server"] = None

    # -- the rest

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        shown = {key: value for key, value in row.items() if not key.startswith("_")}
        if "_firewalls" in row:
            applied = "applied" if row["status"] == "running" else "pending"
            net: dict[str, Any] = {"ipv4": None, "ipv6": None, "floating_ips": []}
            net["firewalls"] = [{"id": wall, "status": applied} for wall in row["_firewalls"]]
            for address in self.tables["primary_ips"].values():
                if address["assignee_id"] == row["id"]:
                    net[address["type"]] = {
                        "id": address["id"],
                        "ip": address["ip"],
                        "blocked": False,
                        "dns_ptr": [],
                    }
            shown["public_net"] = net
        return json.loads(json.dumps(shown))  # type: ignore[no-any-return]

    def _named(self, kind: str, name: str) -> dict[str, Any]:
        for row in self.tables[kind].values():
            if row["name"] == name:
                return row
        raise Refusal(422, "invalid_input", f"invalid {kind.removesuffix('s')} {name}")

    def _now(self) -> str:
        return datetime.fromtimestamp(self.clock.now(), UTC).isoformat()

    def _fill(self) -> None:
        for name in LOCATIONS:
            self.add("locations", name, city=name, country="DE", network_zone="eu-central")
        for name, (cores, memory, disk, architecture, price, places) in TYPES.items():
            prices = [{"location": each, "price_hourly": {"net": price, "gross": price}} for each in places]
            offered = [
                {"id": 1, "name": each, "available": True, "recommended": True, "deprecation": None}
                for each in places
            ]
            self.add(
                "server_types", name, cores=cores, memory=memory, disk=disk, architecture=architecture, prices=prices,
                locations=offered, deprecation=None, cpu_type="shared", storage_type="local",
            )  # fmt: skip
        for name in IMAGES:
            for architecture in ("x86", "arm"):
                self.add("images", name, type="system", status="available", architecture=architecture)


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
