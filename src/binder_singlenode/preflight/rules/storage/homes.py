"""The preflight's rules about existing homes: they are never removed, and never shrink."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.base.units import human_bytes
from binder_singlenode.config import Host
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem


def homes(facts: Facts, host: Host) -> Iterator[Problem]:
    """The host file may ask for more or larger homes, not for fewer or smaller ones."""
    sizes = [int(text) for text in facts.all("home") if text.isdigit()]
    if not sizes:
        return
    if not host.persistent:
        yield Problem(
            f"{len(sizes)} homes of an earlier mode persistent are kept; users cannot reach them",
            "mode",
            "write mode: persistent to use them again; only down, without --keep-data, deletes them",
            fatal=False,
        )
        return
    if host.home.users < len(sizes):
        yield Problem(
            f"{len(sizes)} homes are there, and the host file asks for {host.home.users}: none is taken away",
            "home.users",
            f"write users: {len(sizes)}, or more",
        )
    if host.home.size_bytes < min(sizes):
        yield Problem(
            f"the homes have {human_bytes(min(sizes))}, and the host file asks for"
            f" {human_bytes(host.home.size_bytes)}: they do not shrink",
            "home.size",
            f'write size: "{min(sizes)}", or more',
        )
