"""The state of a project at the double, and the rules by which it changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NoReturn

from .hcloud_faults import FakeClock, Fault, Refusal, Request

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


class Project:
    """Servers, keys, firewalls, addresses and volumes, with what the real API checks when they change."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.tables: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in LISTED}
        self.actions: dict[int, dict[str, Any]] = {}
        self.faults: list[Fault] = []
        self.complaints: list[str] = []
        self.requests: list[Request] = []
        self.limit_servers = 5
        self.hidden: set[str] = set()
        """Kinds whose rows are not listed yet: lists lag behind."""
        self.page = 50
        self.action_s = 5.0
        self.auto_delete_works = True
        self._ids = iter(range(1000, 10**9))
        self._fill()

    def add(self, kind: str, name: str, **fields: Any) -> dict[str, Any]:
        """Put a row in, as if somebody else had made it."""
        row = {"id": next(self._ids), "name": name, "labels": {}, "created": self._now(), **fields}
        self.tables[kind][row["id"]] = row
        return row

    def _complain(self, text: str) -> NoReturn:
        self.complaints.append(text)
        raise Refusal(422, "invalid_input", text)

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
            "servers", body["name"], labels=body["labels"], status="initializing",
            _firewalls=[], _user_data="",
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
            "primary_ips", "", ip="192.0.2.7" if kind == "ipv4" else "2001:db8::/64", type=kind,
            auto_delete=True,
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
            "id": next(self._ids), "command": command, "status": "running", "progress": 0,
            "started": self._now(),
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
        for firewall in self.tables["firewalls"].values():
            uses = firewall["applied_to"]
            firewall["applied_to"] = [use for use in uses if use["server"]["id"] != server["id"]]
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
                "server_types", name, cores=cores, memory=memory, disk=disk, architecture=architecture,
                prices=prices,
                locations=offered, deprecation=None, cpu_type="shared", storage_type="local",
            )  # fmt: skip
        for name in IMAGES:
            for architecture in ("x86", "arm"):
                self.add("images", name, type="system", status="available", architecture=architecture)
