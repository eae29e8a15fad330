"""Servers at Hetzner as VMs: found by their labels and converted to `Vm`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from binder_singlenode.errors import VmError
from binder_singlenode.vm import State, Vm
from binder_singlenode.vm.hcloud import local_state as state
from binder_singlenode.vm.hcloud.api import Api
from binder_singlenode.vm.hcloud.labels import RUN, VM, expires_at, ours, selector

USER = "root"  # Hetzner's images allow root logins with the key, and have no other user
STATES: Mapping[str, State] = {
    "initializing": "making",
    "starting": "making",
    "running": "running",
    "stopping": "stopped",
    "off": "stopped",
}


def find(api: Api, name: str) -> Any | None:
    """The VM's server; None if there is none."""
    found = api.client.servers.get_all(label_selector=selector(name))
    return next((server for server in found if ours(server.labels)), None)


def existing(api: Api, name: str) -> Any:
    """The VM's server; VmError if there is none."""
    server = find(api, name)
    if server is None:
        get(api, name)
        hint = f"vm create {name} (again), or vm destroy {name}"
        raise VmError(f"the VM {name!r} has no server", hint=hint)
    return server


def all_vms(api: Api) -> list[Vm]:
    """All binder-singlenode VMs of the project, and those that only have a folder on this computer."""
    found = api.client.servers.get_all(label_selector=selector())
    servers = {server.labels.get(VM, server.name): server for server in found if ours(server.labels)}
    return [as_vm(name, servers.get(name)) for name in sorted({*servers, *state.names()})]


def get(api: Api, name: str) -> Vm:
    """The VM with that name; VmError, suggesting a similar name, if there is none."""
    known = {vm.name: vm for vm in all_vms(api)}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    mean = f"did you mean {near[0]}? " if near else ""
    hint = f"{mean}VMs: {', '.join(known) or 'none'}; make one: vm create {name}"
    raise VmError(f"there is no VM called {name!r} at Hetzner", hint=hint)


def check_made_here(name: str, server: Any | None) -> None:
    """VmError if the server of that name was created on another computer, because its key is there."""
    run = state.current(name)
    if server is not None and (run is None or server.labels.get(RUN) != run.nonce):
        raise VmError(
            f"a VM called {name!r} exists (server id {server.id}), and its key is not on this computer",
            hint=f"choose another name, or `vm destroy {name}` if nobody needs it",
        )


def as_vm(name: str, server: Any | None) -> Vm:
    """The VM in the form common to all providers; without a server, what its local folder contains."""
    keys = state.host_keys(name)
    status: State = "dead" if server is None else STATES.get(server.status, "dead")
    if status == "running" and not keys:
        status = "dead"  # incomplete, or created on another computer: no login from here
    return Vm(
        name=name,
        provider="hcloud",
        address=address(server) if server is not None else "",
        ssh_port=22,
        user=USER,
        key=state.folder(name) / state.KEY,
        host_keys=keys,
        http_port=None,
        state=status,
        created=server.created.isoformat() if server is not None and server.created else "",
        expires=_expires(server) if server is not None else "",
    )


def _expires(server: Any) -> str:
    moment = expires_at(server.labels)
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()


def address(server: Any) -> str:
    """The server's public IPv4 address; empty if it has none."""
    return str(server.public_net.ipv4.ip) if server.public_net and server.public_net.ipv4 else ""
