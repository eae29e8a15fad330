"""Throwaway VMs at Hetzner Cloud: server, ssh key and firewall, labelled and with an end (`expires`).

No server leaks: each request may be lost, refused or cut short by a kill, and the next create, destroy or
reap puts it right (docs/adr/0501). The token comes from HCLOUD_TOKEN, lives in memory, and is nowhere else.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from binder_singlenode.errors import BinderError, VmError
from binder_singlenode.vm import Progress, State, Vm, VmSpec, checked_name, ignore
from binder_singlenode.vm import hcloud_state as state
from binder_singlenode.vm.hcloud_api import Api, endpoint_from, token_from
from binder_singlenode.vm.hcloud_catalog import Candidate, candidates, currency, image
from binder_singlenode.vm.hcloud_contact import Attempt, contact, fingerprint, first_contact, user_data
from binder_singlenode.vm.hcloud_create import Order, make_server
from binder_singlenode.vm.hcloud_errors import ApiError
from binder_singlenode.vm.hcloud_labels import RUN, VM, expires_at, ours, selector, server_name
from binder_singlenode.vm.hcloud_remove import GRACE_S, Found, everything, leftovers, remove
from binder_singlenode.vm.hcloud_settings import Settings, settings_from
from binder_singlenode.vm.hcloud_waits import wait_actions, wait_until

USER = "root"  # Hetzner's images let root in with the key, and have no other user
STATES: Mapping[str, State] = {
    "initializing": "making",
    "starting": "making",
    "running": "running",
    "stopping": "stopped",
    "off": "stopped",
}
STOP_LIMIT_S = 180.0
TOKEN_CODES = ("unauthorized", "forbidden")


def provider() -> HcloudProvider:
    """The provider as the environment describes it."""
    return HcloudProvider(settings_from())


class HcloudProvider:
    """`Provider` for Hetzner Cloud, and `plan` and `reap` besides."""

    name = "hcloud"

    def __init__(
        self, settings: Settings | None = None, *, api: Api | None = None, attempt: Attempt | None = None
    ) -> None:
        self.settings = settings or Settings()
        self._given_api = api
        self._attempt = attempt

    @cached_property
    def api(self) -> Api:
        """The API; VmError without a token."""
        return self._given_api or Api(token_from(), endpoint=endpoint_from())

    def plan(self, spec: VmSpec) -> Sequence[str]:
        """What create would try, in order, with the price; makes nothing."""
        unit = currency(self.api)
        return [candidate.line(unit) for candidate in self._candidates(spec)]

    def create(self, name: str, spec: VmSpec, progress: Progress = ignore) -> Vm:
        """Make a VM, or finish or find the one of that name, and wait until ssh answers."""
        with state.locked(checked_name(name)):
            self._reap_quietly(progress)
            server = self._server(name)
            self._check_ours(name, server)
            if server is not None and state.host_keys(name):
                progress(f"{name} is there already ({_address(server)})")
                return self.start(name)
            if state.host_keys(name):  # the one these keys belong to is gone, and its challenge is used up
                state.forget(name)
            return self._make(name, spec, server, progress)

    def list(self) -> list[Vm]:
        """Every VM of the project that is ours, and those that only left a trace on this computer."""
        found = self.api.client.servers.get_all(label_selector=selector())
        servers = {server.labels.get(VM, server.name): server for server in found if ours(server.labels)}
        return [self._vm(name, servers.get(name)) for name in sorted({*servers, *state.names()})]

    def get(self, name: str) -> Vm:
        """The VM of that name; VmError when there is none."""
        known = {vm.name: vm for vm in self.list()}
        if name in known:
            return known[name]
        near = difflib.get_close_matches(name, known, n=1)
        mean = f"did you mean {near[0]}? " if near else ""
        hint = f"{mean}VMs: {', '.join(known) or 'none'}; make one: vm create {name}"
        raise VmError(f"there is no VM called {name!r} at Hetzner", hint=hint)

    def destroy(self, name: str) -> None:
        """Delete server, addresses, volumes, firewall, key and the folder here; goes on after a kill."""
        with state.locked(checked_name(name)):
            taken = self.api.client.servers.get_by_name(server_name(name))
            if taken is not None and not ours(taken.labels):
                raise VmError(
                    f"the server {taken.name} (id {taken.id}) does not bear our label: it stays",
                    hint="made by other means, or its labels were taken off: use the Hetzner console",
                )
            found = everything(self.api, selector(name))
            if not found and name not in state.names():
                self.get(name)  # says that there is none, and what there is
            remove(self.api, found)
            state.forget(name)

    def start(self, name: str) -> Vm:
        """Switch it on (nothing to do when it runs) and wait until ssh answers."""
        server = self._existing(name)
        if server.status != "running":
            wait_actions(self.api, [self.api.client.servers.power_on(server)])
        vm = self._vm(name, self._existing(name))
        if vm.host_keys:  # otherwise made on another computer: it is on, and nobody here can log in
            contact(vm.address, vm.user, vm.key, vm.host_keys, self.api.clock, self._attempt)
        return vm

    def stop(self, name: str, hard: bool = False) -> None:
        """Shut it down (ACPI) and wait until it is off; hard: cut the power. Off, it costs the same."""
        server, servers = self._existing(name), self.api.client.servers
        if server.status == "off":
            return
        wait_actions(self.api, [servers.power_off(server) if hard else servers.shutdown(server)])

        def off() -> bool | None:
            return servers.get_by_id(server.id).status == "off" or None

        wait_until(self.api, f"server {server.name} off", off, STOP_LIMIT_S)

    def reap(self, dry_run: bool = False, grace_s: float = GRACE_S) -> Sequence[Found]:
        """Delete what is expired or orphaned in the project, and say what it was; dry_run: only say."""
        found = leftovers(self.api, grace_s)
        return found if dry_run else remove(self.api, found)

    def _reap_quietly(self, progress: Progress) -> None:
        """Before a create: a failure to tidy does not stop it; a token refused, or no answer, does."""
        try:
            for item in self.reap():
                progress(f"deleted a leftover: {item.line()}")
        except BinderError as error:
            if isinstance(error, ApiError) and (error.unknown_outcome or error.code in TOKEN_CODES):
                raise
            progress(f"leftovers remain: {error}")

    def _make(self, name: str, spec: VmSpec, server: Any | None, progress: Progress) -> Vm:
        run = state.begin(name)
        with self._nothing_left_on_failure(name, run.nonce, progress):
            server = make_server(self.api, self._order(name, spec, run, server), progress)
            address = _address(server)
            progress(f"{server.name} runs at {address}; waiting for ssh")
            key = state.folder(name) / state.KEY
            keys = first_contact(address, USER, key, run.challenge, self.api.clock, self._attempt)
            state.pin(name, keys)
        progress("host keys proven and recorded: " + ", ".join(fingerprint(each) for each in keys))
        return self._vm(name, server)

    def _order(self, name: str, spec: VmSpec, run: state.Run, server: Any | None) -> Order:
        expires = int(self.api.clock.now() + self.settings.ttl_hours * 3600)
        return Order(
            name=name,
            run=run.nonce,
            expires=expires if server is None else expires_at(server.labels) or expires,
            public_key=state.public_key(name),
            image=image(self.api, spec),
            user_data=user_data(run.challenge),
            candidates=self._candidates(spec),
        )

    def _candidates(self, spec: VmSpec) -> Sequence[Candidate]:
        return candidates(self.api, spec, self.settings.types, self.settings.locations)

    @contextmanager
    def _nothing_left_on_failure(self, name: str, run: str, progress: Progress) -> Iterator[None]:
        try:
            yield
        except (Exception, KeyboardInterrupt) as cause:
            progress("it failed: deleting what was made")
            try:
                remove(self.api, everything(self.api, selector(name, run)))
                if isinstance(cause, VmError) and not getattr(cause, "unknown_outcome", False):
                    state.forget(
                        name
                    )  # otherwise a server may yet appear: the next create finds it by its run
            except (BinderError, KeyboardInterrupt) as error:
                progress(f"leftovers remain until `vm destroy {name}`, `vm reap` or the next create: {error}")
            raise

    def _server(self, name: str) -> Any | None:
        found = self.api.client.servers.get_all(label_selector=selector(name))
        return next((server for server in found if ours(server.labels)), None)

    def _existing(self, name: str) -> Any:
        server = self._server(name)
        if server is None:
            self.get(name)
            hint = f"vm create {name} (again), or vm destroy {name}"
            raise VmError(f"the VM {name!r} has no server", hint=hint)
        return server

    @staticmethod
    def _check_ours(name: str, server: Any | None) -> None:
        run = state.current(name)
        if server is not None and (run is None or server.labels.get(RUN) != run.nonce):
            raise VmError(
                f"a VM called {name!r} exists (server id {server.id}), and its key is not on this computer",
                hint=f"choose another name, or `vm destroy {name}` if nobody needs it",
            )

    def _vm(self, name: str, server: Any | None) -> Vm:
        keys = state.host_keys(name)
        status: State = "dead" if server is None else STATES.get(server.status, "dead")
        if status == "running" and not keys:
            status = "dead"  # half-made, or made on another computer: nobody here can log in
        return Vm(
            name=name,
            provider=self.name,
            address=_address(server) if server is not None else "",
            ssh_port=22,
            user=USER,
            key=state.folder(name) / state.KEY,
            host_keys=keys,
            http_port=None,
            state=status,
            created=server.created.isoformat() if server is not None and server.created else "",
        )


def _address(server: Any) -> str:
    return str(server.public_net.ipv4.ip) if server.public_net and server.public_net.ipv4 else ""
