"""Whether packets to a port of the host arrive from here: an authority comes to port 80 by the same way.

Before the entry is there nobody listens, and the host's own refusal is as good as an answer: what a firewall
in front drops is met with silence. The answer becomes a fact for the preflight:

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
            return False  # refused by the host itself, or no way there from here at all
    return False
