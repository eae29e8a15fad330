"""What the ssh server allows the login."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.config import Host
from binder_singlenode.layout.addresses import API_PORT
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.ssh import failures


def tunnel(facts: Facts, host: Host) -> Iterator[Problem]:
    """The Kubernetes API is reached through a tunnel of ssh only."""
    if "forbidden" in facts.all("tunnel"):
        what, remedy = failures.tunnel_forbidden(host, API_PORT)
        yield Problem(what, "ssh server", remedy)
