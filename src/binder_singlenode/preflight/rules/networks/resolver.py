"""The preflight's rules about the resolver: what pods and builds will get, whatever the host's own does."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from binder_singlenode.base.ip import as_ip
from binder_singlenode.config import Host
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.queries.resolver import NO_SUCH_DOMAIN, NOTHING

WHERE = "name servers"
NAME_ONE = "name one that pods can reach in the host file, as network: {nameservers: [192.0.2.53]}"
REASONS = {
    "loopback": "the machine's loopback, and each pod has its own",
    "ipv6": "IPv6, and pods have only IPv4",
    "cluster": "in the cluster's own networks",
    "invalid": "no address of a machine",
}
RCODES = {"1": "FORMERR", "2": "SERVFAIL", "3": "NXDOMAIN", "4": "NOTIMP", "5": "REFUSED"}
GOOD_RCODES = ("0", "3")


def servers(facts: Facts, *, host: Host, offline: bool) -> Iterator[Problem]:
    """Whether there is a name server that pods can use."""
    left = [row for row in facts.rows("resolver_left") if len(row) == 3]
    for address in dict.fromkeys(address for address, reason, _ in left if reason == "cluster"):
        yield Problem(
            f"{address} is in the networks of pods and services: once the cluster runs, neither pods nor this"
            " machine reach it",
            WHERE,
            "use another name server, or set network.pod_cidr and network.service_cidr to other networks",
            fatal="k3s" not in facts.all("ours"),
        )
    if facts.one("resolver_from") == NOTHING:
        yield _nothing(facts, left, host, offline=offline)


def _nothing(facts: Facts, left: list[list[str]], host: Host, *, offline: bool) -> Problem:
    listed = dict.fromkeys(f"{address} ({REASONS.get(reason, reason)})" for address, reason, _ in left)
    named = ", ".join(listed)
    state = facts.one("resolver_file")
    what = f"pods can use none of this machine's: {named}" if left else "this machine has none"
    return Problem(
        what + (f"; /etc/resolv.conf is {state}" if state else ""),
        WHERE,
        f"{NAME_ONE}; or let this machine's own name server listen on all addresses",
        # A proxy resolves names itself, and a machine without name servers may be meant to have no internet.
        fatal=not host.proxy.urls and (bool(left) or not offline),
    )


def answers(facts: Facts) -> Iterator[Problem]:
    """What the name servers for pods answered to a direct query from the host."""
    if facts.one("resolver_from") == NOTHING:
        return
    for address in facts.all("resolver_silent"):
        yield Problem(
            f"{address} does not answer on UDP port 53, where pods will ask it",
            WHERE,
            f"let the host out to it (a server that answers only over TLS or TCP will not do), or {NAME_ONE}",
            fatal=False,
        )
    for address, code in (row for row in facts.rows("resolver_answer") if len(row) == 2):
        if code not in GOOD_RCODES:
            yield Problem(
                f"{address} answers {RCODES.get(code, code)} to a query for github.com",
                WHERE,
                f"let it serve this machine and its pods, or {NAME_ONE}",
                fatal=False,
            )
    if "use-vc" in facts.all("resolver_option"):
        yield Problem(
            "/etc/resolv.conf asks them over TCP only (options use-vc); pods ask over UDP first",
            WHERE,
            f"let UDP port 53 through, or {NAME_ONE}",
            fatal=False,
        )


def wildcards(facts: Facts) -> Iterator[Problem]:
    """Search domains in which every name has an address. Pods and builds do not get the host's search
    domains, but the host itself uses them: with ndots above 1, before the name as it is written."""
    options = facts.all("resolver_option")
    dots = [option.partition(":")[2] for option in options if option.startswith("ndots:")]
    first = any(each.isdigit() and int(each) > 1 for each in dots[-1:])
    for domain, address in (row for row in facts.rows("resolver_wildcard") if len(row) == 2):
        if domain == NO_SUCH_DOMAIN:
            yield Problem(
                f"names that do not exist are answered with {address}: a mistyped name leads there",
                WHERE,
                f"switch this off at the provider, or {NAME_ONE}",
                fatal=False,
            )
        elif first:
            yield Problem(
                f"every name in it leads to {address} (a wildcard record), and options ndots:{dots[-1]} makes"
                f" this machine try github.com.{domain} before github.com",
                f"search domain {domain}",
                "remove the search domain or the option ndots from the machine's resolver settings",
            )
        else:
            yield Problem(
                f"every name in it leads to {address} (a wildcard record). Pods and builds do not get this"
                " machine's search domains; on the machine itself, a name that cannot be found leads there",
                f"search domain {domain}",
                "remove the search domain from the machine's resolver settings, or the wildcard record",
                fatal=False,
            )


def proxy_names(host: Host) -> Iterator[Problem]:
    """Pods have none of the host's search domains, so the proxy needs its full name."""
    for url in host.proxy.urls:
        name = urlsplit(url).hostname or ""
        if "." not in name and not as_ip(name):
            yield Problem(
                f"{name} is a name without a domain, which pods cannot find",
                "proxy",
                "write its full name or its address",
                fatal=False,
            )


def problems(facts: Facts, host: Host, *, offline: bool) -> Iterator[Problem]:
    """All of them."""
    yield from servers(facts, host=host, offline=offline)
    yield from answers(facts)
    yield from wildcards(facts)
    yield from proxy_names(host)
