"""Test whether packets from this computer reach a port of the host: an authority uses port 80 the same way.

Before the entry is installed nothing listens there, so a refused connection counts as an answer too. A
timeout means that a firewall drops the packets. The result becomes a fact for the preflight:

    silent<TAB>PORT<TAB>ADDRESS
"""

from __future__ import annotations

import socket
from contextlib import closing

LIMIT_S = 5.0


def facts(address: str, port: int) -> str:
    """One line for each address of the name that does not answer; none for a name that only ssh knows."""
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
    except OSError:
        return ""
    return "".join(f"silent\t{port}\t{where[4][0]}\n" for where in found if _silent(where[0], where[4]))


def _silent(family: int, where: tuple[object, ...]) -> bool:
    with closing(socket.socket(family, socket.SOCK_STREAM)) as connection:
        connection.settimeout(LIMIT_S)
        try:
            connection.connect(where)
        except TimeoutError:
            return True
        except OSError:
            return False  # refused by the host itself, or no route to it from here
    return False
