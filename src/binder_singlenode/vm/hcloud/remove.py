"""Find and delete binder-singlenode's leftovers: servers, then addresses and volumes, firewalls and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from binder_singlenode.errors import VmError
from binder_singlenode.vm.hcloud.api import Api
from binder_singlenode.vm.hcloud.errors import ApiError
from binder_singlenode.vm.hcloud.labels import RUN, VM, expires_at, ours, selector
from binder_singlenode.vm.hcloud.wait import delete

# The order of deletion: a firewall cannot be deleted while its server exists.
KINDS = ("server", "primary IP", "volume", "firewall", "ssh key")
# A create makes key and firewall (which cost nothing) before its server: younger ones may be in use.
GRACE_S = 3600.0


@dataclass(frozen=True)
class Found:
    """A resource of binder-singlenode in the project."""

    kind: str
    id: int
    name: str
    vm: str
    run: str
    reason: str
    """Why it is to be deleted."""

    def line(self) -> str:
        """One line for display."""
        return f"{self.kind} {self.name} (id {self.id}, VM {self.vm}): {self.reason}"


def clients(api: Api) -> dict[str, Any]:
    """hcloud's client for each kind."""
    all_of = api.client
    in_order = (all_of.servers, all_of.primary_ips, all_of.volumes, all_of.firewalls, all_of.ssh_keys)
    return dict(zip(KINDS, in_order, strict=True))


def leftovers(api: Api, grace_s: float = GRACE_S) -> list[Found]:
    """Expired servers, and binder-singlenode's resources whose server is expired or gone; deletes nothing."""
    now = api.clock.now()
    items = list(_ours(api, selector()))
    servers = [item for kind, item in items if kind == "server"]
    alive = {item.labels.get(RUN) for item in servers if not expired(item, now)}
    doomed = {item.id for item in servers if expired(item, now)}
    found = []
    for kind, item in items:
        reason = (
            _server_reason(item, now)
            if kind == "server"
            else _helper_reason(item, alive, doomed, now, grace_s)
        )
        if reason:
            found.append(_found(kind, item, reason))
    return found


def everything(api: Api, wanted: str) -> list[Found]:
    """All of binder-singlenode's resources that match the selector `wanted`, of any age."""
    return [_found(kind, item, "belongs to it") for kind, item in _ours(api, wanted)]


def remove(api: Api, found: Iterable[Found]) -> list[Found]:
    """Delete in the order of KINDS and return what was deleted. VmError, at the end, lists the failures."""
    removed: list[Found] = []
    failures: list[str] = []
    for item in sorted(found, key=lambda each: KINDS.index(each.kind)):
        try:
            _remove_one(api, item)
        except ApiError as error:
            hint = f" — {error.hint}" if error.hint else ""
            failures.append(f"{item.kind} {item.name} (id {item.id}): {error.message}{hint}")
            if error.unknown_outcome:  # the API does not respond: the other deletions would time out too
                break
        else:
            removed.append(item)
    if failures:
        raise VmError(
            "not everything could be deleted at Hetzner:\n    " + "\n    ".join(failures),
            hint="repeat it; what remains costs money and is seen with `vm reap --dry-run`",
        )
    return removed


def remove_servers(api: Api, wanted: str) -> None:
    """Delete the servers that match the selector `wanted`, and their addresses."""
    remove(api, [item for item in everything(api, wanted) if item.kind == "server"])


def _remove_one(api: Api, item: Found) -> None:
    client = clients(api)[item.kind]
    try:
        bound = client.get_by_id(item.id)  # read again: its labels or addresses may have changed
    except ApiError as error:
        if error.code == "not_found":
            return
        raise
    if not ours(bound.labels):
        return
    addresses = _addresses(api, bound) if item.kind == "server" else []
    delete(api, lambda: client.delete(bound))
    for address in addresses:
        _remove_address(api, address)


def _addresses(api: Api, server: Any) -> list[int]:
    """Addresses created with the server: labelled, or with auto_delete. Any others were added by a user."""
    net = server.public_net
    both = (net.primary_ipv4, net.primary_ipv6) if net else ()
    known = [api.client.primary_ips.get_by_id(each.id) for each in both if each is not None]
    return [each.id for each in known if each.auto_delete or ours(each.labels)]


def _remove_address(api: Api, address_id: int) -> None:
    """Delete an address if it still exists without its server."""
    try:
        address = api.client.primary_ips.get_by_id(address_id)
    except ApiError as error:
        if error.code == "not_found":
            return
        raise
    if address.assignee_id is None:
        delete(api, lambda: api.client.primary_ips.delete(address))


def _ours(api: Api, wanted: str) -> Iterable[tuple[str, Any]]:
    for kind, client in clients(api).items():
        list_all: Callable[..., list[Any]] = client.get_all
        for item in list_all(label_selector=wanted):
            if ours(item.labels):
                yield kind, item


def _found(kind: str, item: Any, reason: str) -> Found:
    name = item.name or str(item.id)
    return Found(kind, item.id, name, item.labels.get(VM, "?"), item.labels.get(RUN, "?"), reason)


def expired(item: Any, now: float) -> bool:
    """Whether the resource's `expires` time has passed."""
    expires = expires_at(item.labels)
    return expires is not None and expires <= now


def _server_reason(item: Any, now: float) -> str | None:
    if not expired(item, now):
        return None
    hours = (now - (expires_at(item.labels) or 0)) / 3600
    return f"expired {hours:.1f} h ago"


def _helper_reason(item: Any, alive: set[Any], doomed: set[int], now: float, grace_s: float) -> str | None:
    holder = _holder(item)
    if holder in doomed:
        return "goes with its expired server"
    if holder is not None or item.labels.get(RUN) in alive:
        return None  # in use, perhaps by a server whose labels were removed to keep it
    return "its server is gone" if now - item.created.timestamp() > grace_s else None


def _holder(item: Any) -> int | None:
    """The id of the server that an address, a volume or a firewall is attached to."""
    attached = getattr(item, "assignee_id", None) or getattr(item, "server", None)
    for use in getattr(item, "applied_to", None) or []:
        attached = attached or use.server
    return attached if attached is None or isinstance(attached, int) else int(attached.id)
