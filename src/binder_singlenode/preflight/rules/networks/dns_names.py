"""The preflight's rules about names and certificates: find what would make an authority refuse.

Authorities limit failures (Let's Encrypt: five an hour for a name), so these checks come before any request.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from binder_singlenode.base.ip import as_ip
from binder_singlenode.config import Host
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.rules.tls.certificates import problems as certificate_problems

# https://letsencrypt.org/docs/caa/; the CAA names of other authorities are not known here.
CAA_DOMAINS = {
    "acme-v02.api.letsencrypt.org": "letsencrypt.org",
    "acme-staging-v02.api.letsencrypt.org": "letsencrypt.org",
}


def certificates(facts: Facts, host: Host) -> Iterator[Problem]:
    """With tls.mode files: problems of the operator's certificate files."""
    yield from certificate_problems(host, datetime.fromtimestamp(facts.asked_at_s, UTC))


def names(facts: Facts, host: Host) -> Iterator[Problem]:
    """With tls.mode acme: each name must lead to the host, and its CAA must allow the authority."""
    if host.tls.mode != "acme":
        return
    for port, address in facts.rows("silent"):
        yield Problem(
            "no answer from there to this computer, not even a refusal: a firewall in front of the host may"
            " keep out the authority as well",
            f"port {port} of {address}",
            "open ports 80 and 443 to everybody, in the provider's firewall or security group too",
            fatal=False,
        )
    for name in host.names:
        if name in facts.all("dns_asked"):
            yield from _addresses(facts, host, name)
            yield from _policy(facts, host, name)
        elif facts.one("dns_tried"):
            yield Problem(
                "no nameserver answers this computer, so it is not known where the name leads",
                name,
                "compare `dig A NAME`, `dig AAAA NAME` and `dig CAA NAME` with the host's addresses",
                fatal=False,
            )


def _addresses(facts: Facts, host: Host, name: str) -> Iterator[Problem]:
    found = [ipaddress.ip_address(row[1]) for row in facts.rows("dns") if row[0] == name]
    mine = {ipaddress.ip_address(text) for text in facts.all("address")}
    if not found:
        yield Problem(
            "the name is not in the DNS",
            name,
            f"add a record: {name} A {_example(mine, host)}",
            # A private authority may use private nameservers.
            fatal=_authority(host) is not None,
        )
        return
    public = {address for address in mine if address.is_global}
    known = {*mine, as_ip(host.address)}
    # A proxy in front passes the authority's requests on.
    in_front = [ipaddress.ip_network(text) for text in host.network.trusted_proxies]
    for address in found:
        if address in known or any(address in network for network in in_front):
            continue
        kind = "AAAA" if address.version == 6 else "A"
        if address.version == 6 and not any(each.version == 6 for each in public):
            yield Problem(
                f"there is an AAAA record, {address}, and the host has no public IPv6 address: authorities"
                " try IPv6 first",
                name,
                "remove the AAAA record, or give the host the address",
            )
            continue
        # Behind a provider's NAT the host does not know its public address.
        behind_nat = not any(each.version == address.version for each in public)
        yield Problem(
            f"its {kind} record leads to {address}, which is none of the host's addresses"
            f" ({', '.join(sorted(map(str, mine))) or 'unknown'})",
            name,
            f"correct the {kind} record"
            + (", unless the provider translates that address to one of these" if behind_nat else ""),
            fatal=not behind_nat,
        )


def _policy(facts: Facts, host: Host, name: str) -> Iterator[Problem]:
    mine = _authority(host)
    allowed = [row[2] for row in facts.rows("caa") if row[0] == name and row[1] == "issue"]
    if mine and allowed and mine not in allowed:
        others = ", ".join(filter(None, allowed)) or "nobody"
        yield Problem(
            f"its CAA record allows {others} to give out certificates, not {mine}",
            name,
            f'add a record: {name} CAA 0 issue "{mine}", or set tls.acme.directory to an allowed authority',
        )


def _authority(host: Host) -> str | None:
    """The authority's name in CAA records; None when it is not known."""
    return CAA_DOMAINS.get(urlsplit(host.tls.acme.directory).hostname or "")


def _example(mine: set[ipaddress.IPv4Address | ipaddress.IPv6Address], host: Host) -> str:
    public = [str(each) for each in mine if each.version == 4 and each.is_global]
    named = [host.address] if as_ip(host.address) else ["ADDRESS"]
    return (public or named)[0]
