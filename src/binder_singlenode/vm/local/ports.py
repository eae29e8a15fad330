"""Ports of 127.0.0.1 for a new VM."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Collection

from binder_singlenode.errors import VmError
from binder_singlenode.vm.local.records import Ports

# Below the range from which Linux takes the near end of outgoing connections (32768 and up), so that a
# VM that is switched off finds its ports free again.
_FIRST, _LAST = 20000, 32000


def free(port: int) -> bool:
    """Whether nobody listens on that port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def pick(taken: Collection[int], is_free: Callable[[int], bool] = free) -> Ports:
    """Three ports that no VM owns and nobody listens on.

    It is qemu that binds them: a program that is quicker makes qemu fail, and the caller picks anew.
    """
    candidates = [port for port in range(_FIRST, _LAST) if port not in taken]
    random.shuffle(candidates)
    found = (port for port in candidates if is_free(port))
    try:
        return Ports(ssh=next(found), http=next(found), https=next(found))
    except StopIteration:
        raise VmError(f"no three free ports between {_FIRST} and {_LAST} on 127.0.0.1") from None
