"""The networks that the host and its operator use, and private networks that are free beside them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from binder_singlenode.base.ip import as_ip
from binder_singlenode.preflight.facts import Facts

Network = ipaddress.IPv4Network

WIDEST_PREFIX = 8
"""The largest private network is 10.0.0.0/8. A wider route is a part of a default route: VPNs write 0.0.0.0/1
and 128.0.0.0/1 instead of one."""
_CLUSTER_CARDS = re.compile(r"cni0|flannel[.-].*|kube-.*")
_NO_USE = {"throw", "broadcast", "multicast"}
"""Types of routes that take no packets for a network: `throw` only ends the search in one table."""


@dataclass(frozen=True)
class Used:
    """A network in use: what uses it, in words. `address`: the machine itself or its operator is in it."""

    network: Network
    what: str
    address: bool = False


def used(facts: Facts) -> list[Used]:
    """All networks of the host, except those of the cluster's own interfaces; each network of an interface
    once."""
    found: dict[tuple[Network, str], Used] = {}
    for card, each in (*_addresses(facts), *_routes(facts), *_others(facts)):
        if not _CLUSTER_CARDS.fullmatch(card):
            found.setdefault((each.network, card), each)
    return list(found.values())


def _addresses(facts: Facts) -> Iterator[tuple[str, Used]]:
    for address, card, length in ((*row, "", "")[:3] for row in facts.rows("address")):
        if network := _network(f"{address}/{length}" if length else address):
            text = f"the address {address}{f'/{length}' if length else ''}{f' of {card}' if card else ''}"
            yield card, Used(network, text, address=True)


def _routes(facts: Facts) -> Iterator[tuple[str, Used]]:
    own = set(facts.all("address"))  # the kernel has a local route to each
    for target, card, table, kind in ((*row, "", "", "")[:4] for row in facts.rows("route")):
        network = _network(target)
        if network is None or kind in _NO_USE or (kind == "local" and target in own):
            continue
        if network.prefixlen < WIDEST_PREFIX:
            continue
        words = [f"the {kind} route" if kind not in ("", "unicast") else "the route", str(network)]
        words += [f"by {card}"] if card else []
        words += [f"(table {table})"] if table not in ("", "main", "local") else []
        yield card, Used(network, " ".join(words))


def _others(facts: Facts) -> Iterator[tuple[str, Used]]:
    for address, card in ((*row, "")[:2] for row in facts.rows("gateway")):
        if network := _network(address):
            yield card, Used(network, f"the gateway {address}{f' of {card}' if card else ''}", address=True)
    for target, owner in ((*row, "")[:2] for row in facts.rows("selector")):
        network = _network(target)
        if network and network.prefixlen >= WIDEST_PREFIX:
            yield "", Used(network, f"the network {network} of the {owner or 'ip rule'}")


def _network(text: str) -> Network | None:
    """An IPv4 network, as the cluster's are; None for IPv6, `default`, and what is no network."""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return found if isinstance(found, Network) else None


def free(taken: Iterable[Network], shortest: int, longest: int) -> Network | None:
    """A private network that overlaps none of `taken`, with a prefix length from `shortest` to `longest`."""
    there = list(taken)
    for candidate in _candidates(shortest, longest):
        if not any(candidate.overlaps(network) for network in there):
            return candidate
    return None


def _candidates(shortest: int, longest: int) -> Iterator[Network]:
    """First as large as the defaults, then smaller. In 10.0.0.0/8 from above: sites number theirs from below.
    100.64.0.0/10 last: some providers use it for themselves."""
    for prefix in (16, 20, 22):
        if shortest <= prefix <= longest:
            yield from reversed(list(Network("10.0.0.0/8").subnets(new_prefix=prefix)))
            for block in ("172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"):
                yield from Network(block).subnets(new_prefix=prefix)


def of_operator(facts: Facts) -> list[Used]:
    """The address that the ssh connection comes from, as the host sees it."""
    addresses = [address.removeprefix("::ffff:") for address in facts.all("comes_from") if as_ip(address)]
    networks = [(address, _network(address)) for address in addresses]
    return [Used(n, f"the ssh connection from {address}", address=True) for address, n in networks if n]
