"""Throwaway VMs at Hetzner Cloud: server, ssh key and firewall, with labels and an expiry time (`expires`).

No server leaks: any request may be lost, refused or interrupted by a kill, and the next create, destroy or
reap cleans up (docs/adr/0501). The token is read from HCLOUD_TOKEN and kept only in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from binder_singlenode.errors import BinderError, VmError
from binder_singlenode.vm import Progress, Vm, VmSpec, checked_name, ignore
from binder_singlenode.vm.hcloud import local_state as state
from binder_singlenode.vm.hcloud import servers
from binder_singlenode.vm.hcloud.api import Api, endpoint_from, token_from
from binder_singlenode.vm.hcloud.catalog import Candidate, candidates, currency, image
from binder_singlenode.vm.hcloud.create import Order, make_server
from binder_singlenode.vm.hcloud.errors import ApiError
from binder_singlenode.vm.hcloud.first_contact import Attempt, contact, fingerprint, first_contact, user_data
from binder_singlenode.vm.hcloud.labels import expires_at, ours, selector, server_name
from binder_singlenode.vm.hcloud.remove import GRACE_S, Found, everything, expired, leftovers, remove
from binder_singlenode.vm.hcloud.settings import Settings, settings_from
from binder_singlenode.vm.hcloud.wait import wait_actions, wait_until

STOP_LIMIT_S = 180.0
TOKEN_CODES = ("unauthorized", "forbidden")


def provider() -> HcloudProvider:
    """The provider, with the settings from the environment."""
    return HcloudProvider(settings_from())


class HcloudProvider:
    """`Provider` for Hetzner Cloud, with the additional method `reap`."""

    name = "hcloud"

    def __init__(
        self, settings: Settings | None = None, *, api: Api | None = None, attempt: Attempt | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.given_api = api
        self.attempt = attempt

    @cached_property
    def api(self) -> Api:
        """The API client; VmError without a token."""
        return self.given_api or Api(token_from(), endpoint=endpoint_from())

    def plan(self, name: str, spec: VmSpec) -> Sequence[str]:
        """What `create` would try, in order, with prices; empty for an existing VM that has not expired."""
        server = servers.find(self.api, checked_name(name))
        if server is not None and not expired(server, self.api.clock.now()):
            return ()
        unit = currency(self.api)
        return [candidate.line(unit) for candidate in self._candidates(spec)]

    def create(self, name: str, spec: VmSpec, progress: Progress = ignore) -> Vm:
        """Create the VM, complete an interrupted creation or start an existing VM; wait until ssh answers."""
        with state.locked(checked_name(name)):
            self._reap_quietly(progress)
            server = servers.find(self.api, name)
            servers.check_made_here(name, server)
            if server is not None and state.host_keys(name):
                progress(f"{name} is there already ({servers.address(server)})")
                return self.start(name)
            if state.host_keys(name):  # their server is gone, and its challenge used
                state.forget(name)
            return self._make(name, spec, server, progress)

    def list(self) -> list[Vm]:
        """All binder-singlenode VMs of the project, and those that only have a folder on this computer."""
        return servers.all_vms(self.api)

    def get(self, name: str) -> Vm:
        """The VM with that name; VmError if there is none."""
        return servers.get(self.api, name)

    def destroy(self, name: str) -> None:
        """Delete server, addresses, volumes, firewall, key and local folder. Can be repeated after a kill."""
        with state.locked(checked_name(name)):
            taken = self.api.client.servers.get_by_name(server_name(name))
            if taken is not None and not ours(taken.labels):
                raise VmError(
                    f"the server {taken.name} (id {taken.id}) has no binder-singlenode label; not deleted",
                    hint="made by other means, or its labels were taken off: use the Hetzner console",
                )
            found = everything(self.api, selector(name))
            if not found and name not in state.names():
                self.get(name)  # raises VmError listing the existing VMs
            remove(self.api, found)
            state.forget(name)

    def start(self, name: str) -> Vm:
        """Start the VM (unless it is running) and wait until ssh answers."""
        server = servers.existing(self.api, name)
        if server.status != "running":
            wait_actions(self.api, [self.api.client.servers.power_on(server)])
        vm = servers.as_vm(name, servers.existing(self.api, name))
        if vm.host_keys:  # else created on another computer: it runs, and its key is not here
            contact(vm.address, vm.user, vm.key, vm.host_keys, self.api.clock, self.attempt)
        return vm

    def stop(self, name: str, hard: bool = False) -> None:
        """Shut the VM down (ACPI) and wait until it is off; hard: power it off. The price stays the same."""
        server, client = servers.existing(self.api, name), self.api.client.servers
        if server.status == "off":
            return
        wait_actions(self.api, [client.power_off(server) if hard else client.shutdown(server)])

        def off() -> bool | None:
            return client.get_by_id(server.id).status == "off" or None

        wait_until(self.api, f"server {server.name} off", off, STOP_LIMIT_S)

    def reap(self, dry_run: bool = False, grace_s: float = GRACE_S) -> Sequence[Found]:
        """Delete everything expired or orphaned in the project and return it; dry_run: only return it."""
        found = leftovers(self.api, grace_s)
        return found if dry_run else remove(self.api, found)

    def _reap_quietly(self, progress: Progress) -> None:
        """Reap before a create. Of the failures, only a refused token or no response stops the create."""
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
            address = servers.address(server)
            progress(f"{server.name} runs at {address}; waiting for ssh")
            key = state.folder(name) / state.KEY
            keys = first_contact(address, servers.USER, key, run.challenge, self.api.clock, self.attempt)
            state.pin(name, keys)
        progress("host keys proven and recorded: " + ", ".join(fingerprint(each) for each in keys))
        return servers.as_vm(name, server)

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
                # If the outcome is unknown, a server may still appear: the next create finds it by its run.
                if isinstance(cause, VmError) and not getattr(cause, "unknown_outcome", False):
                    state.forget(name)
            except (BinderError, KeyboardInterrupt) as error:
                progress(f"leftovers remain until `vm destroy {name}`, `vm reap` or the next create: {error}")
            raise
