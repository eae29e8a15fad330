"""DNS records of a name: A, AAAA and CAA, queried from the nameservers in /etc/resolv.conf.

The system's resolver is not used: it also reads /etc/hosts, where a machine's own name often means 127.0.1.1,
and it does not support CAA. The records become facts for the preflight:

    dns_asked<TAB>NAME      dns<TAB>NAME<TAB>ADDRESS      caa<TAB>NAME<TAB>issue<TAB>AUTHORITY
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dns.resolver import Resolver

_LIMIT_S = 3.0
"""Time limit for the answer of one nameserver."""


class NoAnswerError(Exception):
    """No nameserver gave a definite answer."""


def facts(names: Iterable[str], nameservers: list[tuple[str, int]] | None = None) -> str:
    """The facts about all names, as lines; a name without an answer has no line `dns_asked`."""
    asked = _resolver(nameservers)
    return "".join(f"{line}\n" for name in names for line in _about(name, asked))


def _resolver(nameservers: list[tuple[str, int]] | None) -> Resolver:
    """A resolver that queries these nameservers, or those in /etc/resolv.conf."""
    from dns.nameserver import Do53Nameserver
    from dns.resolver import NoResolverConfiguration, Resolver

    if nameservers is None:
        try:
            found = Resolver()
        except NoResolverConfiguration:
            found = Resolver(configure=False)
    else:
        found = Resolver(configure=False)
        found.nameservers = [Do53Nameserver(address, port) for address, port in nameservers]
    found.timeout = _LIMIT_S
    found.lifetime = _LIMIT_S * max(1, len(found.nameservers))
    return found


def _about(name: str, asked: Resolver) -> Iterator[str]:
    try:
        addresses = [data.address for kind in ("A", "AAAA") for data in _query(name, kind, asked)]
        policies = _policies(name, asked)
    except NoAnswerError:
        return
    yield f"dns_asked\t{name}"
    yield from (f"dns\t{name}\t{address}" for address in addresses)
    yield from (f"caa\t{name}\t{tag}\t{value}" for tag, value in policies)


def _policies(name: str, asked: Resolver) -> list[tuple[str, str]]:
    """CAA of the name or of the closest parent that has any (RFC 8659, 3)."""
    labels = name.split(".")
    for first in range(len(labels) - 1):
        found = _query(".".join(labels[first:]), "CAA", asked)
        if found:
            return [_policy(data) for data in found]
    return []


def _policy(data: Any) -> tuple[str, str]:
    """Tag, and the authority's domain without parameters (RFC 8659, 4.1)."""
    value = data.value.decode("ascii", "replace").partition(";")[0].strip()
    return data.tag.decode("ascii", "replace").lower(), value.replace("\t", " ").replace("\n", " ")


def _query(name: str, kind: str, asked: Resolver) -> list[Any]:
    """All records of this kind; raises NoAnswerError."""
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN

    try:
        return list(asked.resolve(f"{name}.", kind, raise_on_no_answer=False))
    except NXDOMAIN:
        return []
    except DNSException:
        raise NoAnswerError(name) from None
