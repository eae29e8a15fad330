"""A VM in one line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from binder_singlenode.vm import Vm


def line(vm: Vm) -> str:
    """A VM in one line."""
    columns = (vm.name, vm.provider, vm.state, f"{vm.user}@{vm.address}:{vm.ssh_port}", vm.created, _end(vm))
    return "\t".join(columns).rstrip()


def _end(vm: Vm) -> str:
    """How long until it may be deleted."""
    if not vm.expires:
        return ""
    hours = (datetime.fromisoformat(vm.expires) - datetime.now(UTC)).total_seconds() / 3600
    return f"expires in {hours:.1f} h" if hours > 0 else f"expired {-hours:.1f} h ago: vm reap deletes it"
