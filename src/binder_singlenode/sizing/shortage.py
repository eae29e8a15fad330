"""What to do about too little memory: the hint names only settings that can help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from binder_singlenode.base.bounds import LEAST_SESSION
from binder_singlenode.base.units import human_bytes, parse_jupyterhub_bytes

if TYPE_CHECKING:
    from binder_singlenode.config import Host
    from binder_singlenode.sizing.split import Memory

_LEAST_BYTES = parse_jupyterhub_bytes(LEAST_SESSION)


def hint(host: Host, memory: Memory, total_bytes: int, wanted: int) -> str:
    """The remedies for a machine of `total_bytes` without room for `wanted` sessions, the likeliest first."""
    remedies = [
        *_own_settings(host, memory, total_bytes),
        f"take a machine with {_more(host, memory, wanted)}",
    ]
    if memory.free_bytes >= wanted * _LEAST_BYTES:
        remedies.append("lower sessions.memory_guarantee")
    if host.sessions.quota is not None and memory.free_bytes >= host.sessions.memory_guarantee_bytes:
        remedies.append("lower sessions.quota")
    said = ", or ".join(remedies)
    return said[0].upper() + said[1:] + "."


def _own_settings(host: Host, memory: Memory, total_bytes: int) -> list[str]:
    """Settings of the host file that take more than half of the memory."""
    remedies = []
    if host.node.reserved_memory and memory.reserved_bytes > total_bytes // 2:
        remedies.append(f"lower node.reserved_memory ({host.node.reserved_memory})")
    if memory.builds_bytes > total_bytes // 2:
        asked = host.builds.concurrent
        remedies.append(
            f"lower builds.concurrent ({asked}: {human_bytes(memory.builds_bytes)} are kept free for them)"
            if asked and asked > 1
            else f"lower builds.memory_limit ({host.builds.memory_limit})"
        )
    return remedies


def _more(host: Host, memory: Memory, wanted: int) -> str:
    short_bytes = wanted * host.sessions.memory_guarantee_bytes - memory.free_bytes
    return f"at least {human_bytes(short_bytes)} more memory"
