"""Settings of VMs at Hetzner that are not in VmSpec; read from the environment, for all VMs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from binder_singlenode.errors import VmError

LONGEST_TTL_HOURS = 24 * 366


@dataclass(frozen=True)
class Settings:
    """The settings, with their defaults."""

    types: Sequence[str] = ()
    """Server types to try, in this order; empty: the four cheapest that fit."""
    locations: Sequence[str] = ()
    """Locations to try, in this order; empty: all, in Hetzner's order."""
    ttl_hours: float = 24.0
    """Time after which the reaper may delete the VM."""


def settings_from(environment: Mapping[str, str] | None = None) -> Settings:
    """BINDER_HCLOUD_TYPES and BINDER_HCLOUD_LOCATIONS (comma-separated), BINDER_HCLOUD_TTL_HOURS."""
    found = os.environ if environment is None else environment
    types, locations = _words(found.get("BINDER_HCLOUD_TYPES")), _words(found.get("BINDER_HCLOUD_LOCATIONS"))
    return Settings(types, locations, _hours(found.get("BINDER_HCLOUD_TTL_HOURS") or "24"))


def _words(text: str | None) -> Sequence[str]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if 0 < hours <= LONGEST_TTL_HOURS:
        return hours
    raise VmError(
        f"BINDER_HCLOUD_TTL_HOURS={text} is not a number between 0 and {LONGEST_TTL_HOURS}",
        hint="for a day: BINDER_HCLOUD_TTL_HOURS=24",
    )
