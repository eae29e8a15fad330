"""What the ssh server allows the login."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.config import Host
from binder_singlenode.layout.addresses import API_PORT
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem


def tunnel(facts: Facts, host: Host) -> Iterator[Problem]:
    """The Kubernetes API is reached through a tunnel of ssh only."""
    if "forbidden" in facts.all("tunnel"):
        yield Problem(
            f"{host.ssh.user} may not forward to 127.0.0.1:{API_PORT}, the Kubernetes API",
            "ssh server",
            "allow it: AllowTcpForwarding local (or yes) in /etc/ssh/sshd_config, also in its Match sections"
            f" and with PermitOpen 127.0.0.1:{API_PORT}; then: systemctl reload ssh. A key with `restrict` in"
            " authorized_keys needs port-forwarding too",
        )
