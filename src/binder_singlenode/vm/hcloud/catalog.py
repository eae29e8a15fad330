"""The server types and locations to try, in order, with prices per hour.

`available` in the API's responses is only a hint: sometimes a type reported as available is refused, or one
reported as unavailable is granted. So it decides the order of the attempts, and excludes none.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from binder_singlenode.base.units import GIB
from binder_singlenode.errors import VmError
from binder_singlenode.vm import VmSpec
from binder_singlenode.vm.hcloud.api import Api
from binder_singlenode.vm.hcloud.errors import ApiError

GIGABYTE = 1000**3  # for disks; Hetzner calls its units of memory GB too, although they are 1024^3
DEFAULT_TYPES = 4  # how many of the cheapest fitting types are tried, each in each location
ARCHITECTURE = "x86"  # used if no types are named: bundles are built per architecture
IMAGES = {"trixie": "debian-13", "bookworm": "debian-12"}


@dataclass(frozen=True)
class Candidate:
    """A server type in a location: one attempt."""

    server_type: str
    location: str
    cpus: int
    memory_gb: float
    disk_gb: int
    price_hourly: str | None
    """Including VAT, in the API's format; None if the API does not report it."""
    available: bool = True

    def line(self, currency: str = "") -> str:
        """For display: `cpx31 in nbg1 (4 CPUs, 8 GB, 160 GB disk): 0.0280 EUR an hour`."""
        unit = f"{currency} an hour".strip()
        price = f"{float(self.price_hourly):.4f} {unit}" if self.price_hourly else "price unknown"
        size = f"{self.cpus} CPUs, {self.memory_gb:g} GB, {self.disk_gb} GB disk"
        return f"{self.server_type} in {self.location} ({size}): {price}"


def candidates(
    api: Api, spec: VmSpec, types: Sequence[str] = (), locations: Sequence[str] = ()
) -> list[Candidate]:
    """What to try, best first. VmError if the API does not know a type or location, or if none fits."""
    known_types = {item.name: item for item in api.client.server_types.get_all()}
    known_locations = [item.name for item in api.client.locations.get_all()]
    _all_known("server type", types, known_types)
    _all_known("location", locations, known_locations)
    chosen = [known_types[name] for name in types] or _fitting(known_types.values(), spec)
    places = list(locations) or known_locations
    found = [candidate for item in chosen for candidate in _offers(item, places)]
    if not found:
        raise VmError(
            f"none of {', '.join(item.name for item in chosen)} is offered in {', '.join(places)}",
            hint="; ".join(f"{item.name}: {', '.join(_places(item)) or 'nowhere'}" for item in chosen),
        )
    return sorted(found, key=lambda candidate: not candidate.available)


def image(api: Api, spec: VmSpec) -> str:
    """The name of the Debian image; VmError, listing the API's images, if it is not one of them."""
    wanted = IMAGES.get(spec.release, spec.release)
    known = sorted({item.name for item in api.client.images.get_all(type=["system"], status=["available"])})
    _all_known("image", [wanted], known)
    return wanted


def currency(api: Api) -> str:
    """The currency of the prices; empty if unknown, because a missing price must not stop a create."""
    try:
        return str(api.client.request("GET", "/pricing")["pricing"]["currency"])
    except (ApiError, KeyError):
        return ""


def _all_known(what: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    valid = list(known)
    for name in wanted:
        if name not in valid:
            near = difflib.get_close_matches(name, valid, n=1)
            mean = f"did you mean {near[0]}? " if near else ""
            raise VmError(f"the {what} {name!r} is unknown", hint=f"{mean}valid: {', '.join(valid)}")


def _fitting(known: Iterable[Any], spec: VmSpec) -> list[Any]:
    fits = [
        item for item in known
        if item.architecture == ARCHITECTURE and item.cores >= spec.cpus and _places(item)
        and item.memory >= spec.memory_bytes / GIB and item.disk * GIGABYTE >= spec.disk_bytes
    ]  # fmt: skip
    if not fits:
        wish = f"{spec.memory_bytes / GIB:g} GiB, {spec.cpus} CPUs, {spec.disk_bytes / GIB:g} GiB disk"
        raise VmError(f"no {ARCHITECTURE} server type has {wish}", hint="ask for less, or name a type")
    return sorted(fits, key=_cheapest)[:DEFAULT_TYPES]


def _cheapest(item: Any) -> tuple[float, str]:
    prices = [float(price["price_hourly"]["gross"]) for price in item.prices or []]
    return (min(prices, default=float("inf")), item.name)


def _offers(item: Any, places: Sequence[str]) -> list[Candidate]:
    offered, prices = _places(item), {price["location"]: price for price in item.prices or []}
    return [
        Candidate(
            item.name, place, item.cores, item.memory, item.disk,
            prices[place]["price_hourly"]["gross"] if place in prices else None, offered[place],
        )
        for place in places if place in offered
    ]  # fmt: skip


def _places(item: Any) -> dict[str, bool]:
    """The locations that offer the type, and whether the API reports it as available there."""
    if item.locations:
        return {entry.location.name: entry.available is not False for entry in item.locations}
    return {price["location"]: True for price in item.prices or []}
