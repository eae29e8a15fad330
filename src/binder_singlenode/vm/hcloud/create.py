"""Find or create the key, firewall and server of one run; if a server type has no capacity, try the next.

Each function can be repeated after a kill at any point: the `run` label finds what the run created before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Progress
from binder_singlenode.vm.hcloud.api import Api
from binder_singlenode.vm.hcloud.catalog import Candidate
from binder_singlenode.vm.hcloud.errors import ApiError
from binder_singlenode.vm.hcloud.labels import helper_name, labels, ours, selector, server_name
from binder_singlenode.vm.hcloud.remove import remove_servers
from binder_singlenode.vm.hcloud.wait import wait_actions, wait_until

ANYWHERE = ["0.0.0.0/0", "::/0"]
OPEN_PORTS = {"22": "ssh", "80": "http", "443": "https"}


@dataclass(frozen=True)
class Order:
    """What is to be created."""

    name: str
    run: str
    expires: int
    public_key: str
    image: str
    user_data: str
    candidates: Sequence[Candidate]

    @property
    def labels(self) -> dict[str, str]:
        """The labels of everything that this order creates."""
        return labels(self.name, self.run, self.expires)

    @property
    def selector(self) -> str:
        """Label selector for everything that this order created."""
        return selector(self.name, self.run)


def make_server(api: Api, order: Order, progress: Progress) -> Any:
    """Create key, firewall and server; return the running server. VmError on failure or lack of capacity."""
    if (found := find_server(api, order)) is not None:  # created before a kill
        return _finish(api, order, *found)
    key, firewall = ensure_key(api, order), ensure_firewall(api, order)
    refusals = []
    for candidate in order.candidates:
        progress(f"asking for {candidate.line()}")
        try:
            server, actions = _post_server(api, order, candidate, key, firewall)
            return _finish(api, order, server, actions)
        except ApiError as error:
            if not error.no_room:
                raise
            refusals.append(f"{candidate.server_type} in {candidate.location}: {error.message}")
            progress(f"no room: {refusals[-1]}")
            remove_servers(api, order.selector)  # a failed action leaves a server behind
    raise VmError(
        "no server type and location has room:\n    " + "\n    ".join(refusals),
        hint="try later, or name other types or locations (docs/throwaway-vms.md)",
    )


def ensure_key(api: Api, order: Order) -> Any:
    """Find or create the ssh key of this run."""
    keys = api.client.ssh_keys

    def find() -> Any | None:
        return next(iter(keys.get_all(label_selector=order.selector)), None)

    def create() -> Any:
        return keys.create(helper_name(order.name, order.run), order.public_key, labels=order.labels)

    return find() or api.create_or_find("ssh key", create, find)


def ensure_firewall(api: Api, order: Order) -> Any:
    """Find or create the firewall of this run, which allows inbound ssh, http, https and ping only."""
    firewalls = api.client.firewalls

    def find() -> Any | None:
        return next(iter(firewalls.get_all(label_selector=order.selector)), None)

    def create() -> Any:
        made = firewalls.create(
            helper_name(order.name, order.run),
            rules=firewall_rules(),
            labels=order.labels,
        )  # the library annotates labels as str, but sends what it is given
        return made.firewall

    return find() or api.create_or_find("firewall", create, find)


def firewall_rules() -> list[Any]:
    """Inbound rules only: without outbound rules, a Hetzner firewall allows all outbound traffic."""
    from hcloud.firewalls import FirewallRule

    rules = [FirewallRule("in", "tcp", ANYWHERE, port, description=text) for port, text in OPEN_PORTS.items()]
    return [*rules, FirewallRule("in", "icmp", ANYWHERE, description="ping")]


def find_server(api: Api, order: Order) -> tuple[Any, list[Any]] | None:
    """The server that this run created, with its actions; None if there is none."""
    for server in api.client.servers.get_all(label_selector=order.selector):
        if ours(server.labels):
            return server, api.client.servers.get_actions(server)
    return None


def _post_server(
    api: Api, order: Order, candidate: Candidate, key: Any, firewall: Any
) -> tuple[Any, list[Any]]:
    from hcloud.images import Image
    from hcloud.locations import Location
    from hcloud.server_types import ServerType
    from hcloud.servers import ServerCreatePublicNetwork

    def create() -> tuple[Any, list[Any]]:
        made = api.client.servers.create(
            name=server_name(order.name), server_type=ServerType(name=candidate.server_type),
            image=Image(name=order.image), location=Location(name=candidate.location), ssh_keys=[key],
            firewalls=[firewall], labels=order.labels, user_data=order.user_data,
            public_net=ServerCreatePublicNetwork(enable_ipv4=True, enable_ipv6=True),
        )  # fmt: skip
        return made.server, [made.action, *made.next_actions]

    return api.create_or_find("server", create, lambda: find_server(api, order))


def _finish(api: Api, order: Order, server: Any, actions: list[Any]) -> Any:
    wait_actions(api, actions)
    running = wait_until(
        api, f"server {server.name} running behind its firewall", lambda: _ready(api, server.id)
    )
    claim_addresses(api, order, running)
    return running


def _ready(api: Api, server_id: int) -> Any | None:
    server = api.client.servers.get_by_id(server_id)
    walls = server.public_net.firewalls or []
    applied = any(wall.status == "applied" for wall in walls)
    return server if server.status == "running" and applied and server.public_net.ipv4 else None


def claim_addresses(api: Api, order: Order, server: Any) -> None:
    """Label the addresses that Hetzner created with the server, and have them deleted with the server."""
    for address in addresses_of(server):
        known = api.client.primary_ips.get_by_id(address)
        if not ours(known.labels) or not known.auto_delete:
            api.client.primary_ips.update(known, auto_delete=True, labels=order.labels)


def addresses_of(server: Any) -> list[int]:
    """The ids of a server's primary IPs."""
    both = (server.public_net.primary_ipv4, server.public_net.primary_ipv6) if server.public_net else ()
    return [address.id for address in both if address is not None]
