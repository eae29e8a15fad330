"""The preflight's rules about private authorities: servers whose certificates lead to no known root."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.config import Host
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.queries.trust import THROUGH_PROXY


def roots(facts: Facts, host: Host) -> Iterator[Problem]:
    """Builds and BinderHub trust what the host trusts and `trusted_roots`, so the host can judge for them."""
    for door, issuer in (row[:2] for row in facts.rows("not_trusted") if len(row) >= 2):
        name = door.removesuffix(":443")
        by = f", which {issuer} has issued," if issuer.strip() else ""
        opened = host.proxy.https_url and name == THROUGH_PROXY
        who = f"the web proxy opens TLS: its certificate for {name}" if opened else "its certificate"
        missing = "is not in trusted_roots" if host.trusted_roots else "is missing: there is no trusted_roots"
        yield Problem(
            f"{who}{by} is not trusted; the root of that authority {missing}",
            "proxy" if opened else name,
            "add that authority's root certificate: trusted_roots: FILE.pem. If it is there already, the"
            " server sends no intermediate certificate, or its certificate is for another name",
            # Without its own server, a host still builds from others; without its proxy it gets nothing.
            fatal=bool(opened),
        )
