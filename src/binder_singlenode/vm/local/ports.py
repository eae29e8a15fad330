"""Ports of 127.0.0.1 for a new VM."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Collection

from binder_singlenode.errors import VmError
from binder_singlenode.vm.local.records import Ports

# Below Linux's range of ephemeral ports (32768 and up), so that outgoing connections do not take the ports of
# a VM that is switched off.
_FIRST, _LAST = 20000, 32000


def free(port: int) -> bool:
    """Whether no process listens on that port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def pick(taken: Collection[int], is_free: Callable[[int], bool] = free) -> Ports:
    """Three ports that no VM owns and no process listens on.

    The engine binds the ports later. If another program binds one first, the engine fails, and the caller
    picks new ports.
    """
    candidates = [port for port in range(_FIRST, _LAST) if port not in taken]
    random.shuffle(candidates)
    found = (port for port in candidates if is_free(port))
    try:
        return Ports(ssh=next(found), http=next(found), https=next(found))
    except StopIteration:
        raise VmError(f"no three free ports between {_FIRST} and {_LAST} on 127.0.0.1") from None
