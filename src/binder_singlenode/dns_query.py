"""What the DNS says about a name: A, AAAA and CAA, asked over UDP of the nameservers in /etc/resolv.conf.

The system's own resolver would do for addresses, but it reads /etc/hosts too, where a machine's own name
often means 127.0.1.1, and it knows no CAA. The answer becomes facts for the preflight:

    dns_asked<TAB>NAME      dns<TAB>NAME<TAB>ADDRESS      caa<TAB>NAME<TAB>issue<TAB>AUTHORITY
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

A, AAAA, CAA = 1, 28, 257
_ANSWER_BYTES = 4096
_LIMIT_S = 3.0
_NO_SUCH_NAME = 3


class NoAnswerError(Exception):
    """No nameserver said yes or no."""


def facts(names: Iterable[str], nameservers: list[tuple[str, int]] | None = None) -> str:
    """All about the names, as lines; a name without an answer has no line `dns_asked`."""
    servers = _nameservers() if nameservers is None else nameservers
    return "".join(f"{line}\n" for name in names for line in _about(name, servers))


def _about(name: str, servers: list[tuple[str, int]]) -> Iterator[str]:
    try:
        addresses = [_address(data) for kind in (A, AAAA) for data in query(name, kind, servers)]
        policies = _policies(name, servers)
    except NoAnswerError:
        return
    yield f"dns_asked\t{name}"
    yield from (f"dns\t{name}\t{address}" for address in addresses)
    yield from (f"caa\t{name}\t{tag}\t{value}" for tag, value in policies)


def _policies(name: str, servers: list[tuple[str, int]]) -> list[tuple[str, str]]:
    """CAA of the name or of the closest parent that has any (RFC 8659, 3)."""
    labels = name.split(".")
    for first in range(len(labels) - 1):
        found = query(".".join(labels[first:]), CAA, servers)
        if found:
            return [_policy(data) for data in found]
    return []


def _address(data: bytes) -> str:
    return str(ipaddress.ip_address(data))


def _policy(data: bytes) -> tuple[str, str]:
    """Tag, and the authority's domain without parameters (RFC 8659, 4.1)."""
    end = 2 + data[1]
    value = data[end:].decode("ascii", "replace").partition(";")[0].strip()
    return data[2:end].decode("ascii", "replace").lower(), value.replace("\t", " ").replace("\n", " ")


def _nameservers() -> list[tuple[str, int]]:
    try:
        lines = Path("/etc/resolv.conf").read_text().splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    return [(word[1], 53) for word in words if len(word) > 1 and word[0] == "nameserver"]


def query(name: str, kind: int, servers: list[tuple[str, int]]) -> list[bytes]:
    """The data of all records of this kind; raises NoAnswerError."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    number = secrets.token_bytes(2)
    # Recursion wanted, one question, class IN.
    packet = number + struct.pack(">5H", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)
    for server in servers:
        try:
            return _records(_exchange(packet, server), number, kind)
        except (OSError, ValueError, IndexError, struct.error):
            continue
    raise NoAnswerError(name)


def _exchange(packet: bytes, server: tuple[str, int]) -> bytes:
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as connection:
        connection.settimeout(_LIMIT_S)
        connection.connect(server)
        connection.send(packet)
        return connection.recv(_ANSWER_BYTES)


def _records(answer: bytes, number: bytes, kind: int) -> list[bytes]:
    flags, _, count = struct.unpack(">3H", answer[2:8])
    code = flags & 0xF
    if answer[:2] != number or code not in (0, _NO_SUCH_NAME) or flags & 0x0200:
        raise ValueError("not an answer to rely on")
    at = _after_name(answer, 12) + 4
    found = []
    for _ in range(count):
        at = _after_name(answer, at)
        its_kind, _, _, length = struct.unpack(">HHIH", answer[at : at + 10])
        at += 10
        if its_kind == kind:  # a CNAME's own record comes along, and is not asked for
            found.append(answer[at : at + length])
        at += length
    return found


def _after_name(answer: bytes, at: int) -> int:
    while answer[at] and answer[at] < 0xC0:
        at += answer[at] + 1
    return at + (2 if answer[at] else 1)
