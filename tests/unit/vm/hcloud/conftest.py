"""A project at the double, and providers on one computer or another."""

import contextlib
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.vm import Vm, VmSpec
from binder_singlenode.vm.hcloud.api import Api
from binder_singlenode.vm.hcloud.first_contact import Answer
from binder_singlenode.vm.hcloud.provider import HcloudProvider
from binder_singlenode.vm.hcloud.settings import Settings

from .hcloud_double import HcloudDouble
from .hcloud_faults import TOKEN, FakeClock, Kill

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhvc3RrZXlob3N0a2V5aG9zdGtleWhvc3RrZXkh"


@dataclass
class World:
    """One Hetzner project."""

    double: HcloudDouble
    clock: FakeClock
    settings: Settings = field(default_factory=Settings)
    spec: VmSpec = field(default_factory=VmSpec)
    said: list[str] = field(default_factory=list)
    ssh: list[Answer] = field(default_factory=list)
    """Answers of ssh, used up first; then the VM answers as it should."""

    def provider(self, kill_at: int | None = None, sent: bool = False) -> HcloudProvider:
        """A new process; with `kill_at` it dies at that request, after (`sent`) or before it goes out."""
        api = Api(TOKEN, endpoint=self.double.endpoint, clock=self.clock, timeout_s=(2.0, 2.0))
        if kill_at is not None:
            api._send = _deadly(api._send, kill_at, sent)
        return HcloudProvider(self.settings, api=api, attempt=self.attempt)

    def create(self, name: str = "demo", provider: HcloudProvider | None = None) -> Vm:
        """A create of that process."""
        return (provider or self.provider()).create(name, self.spec, self.said.append)

    def attempt(self, address: str, user: str, key: Path) -> Answer:
        """What ssh to the VM gives: it proves itself with the challenge of its user-data."""
        assert (address, user) == ("192.0.2.7", "root")
        assert key.stat().st_mode & 0o077 == 0
        if self.ssh:
            return self.ssh.pop(0)
        server = list(self.double.tables["servers"].values())[-1]
        match = re.search(r"first-contact: ([0-9a-f]{64})", server["_user_data"])
        assert match
        proof = hmac.new(bytes.fromhex(match[1]), HOST_KEY.encode(), hashlib.sha256).hexdigest()
        return Answer(0, f"{HOST_KEY}\n{proof}\n", "", HOST_KEY)

    def later(self, hours: float) -> None:
        """Time passes."""
        self.clock.time += hours * 3600


def _deadly(send: Any, kill_at: int, sent: bool) -> Any:
    count = iter(range(10**6))

    def wrapped(**kwargs: Any) -> Any:
        if next(count) != kill_at:
            return send(**kwargs)
        if sent:
            with contextlib.suppress(Exception):  # the answer, good or bad, is not lived to see
                send(**kwargs)
        raise Kill

    return wrapped


@pytest.fixture
def world() -> Iterator[World]:
    """A project with nothing in it; at the end nothing was asked that the real API would not accept."""
    clock = FakeClock()
    with HcloudDouble(clock).serve() as double:
        yield World(double, clock)
    assert double.complaints == []
