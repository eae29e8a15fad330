"""Verify the host key and get the sudo password: the user is asked once for each."""

from collections.abc import Callable
from dataclasses import dataclass

from binder_singlenode import ssh
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import host_keys, sudo
from binder_singlenode.ssh.session import Session


@dataclass(frozen=True)
class Asking:
    """How to ask the user: a yes-or-no question, and a password that is not shown (None: no terminal)."""

    confirm: Callable[[str], bool]
    password: Callable[[str], str | None]


def open_access(host: Host, asking: Asking) -> Session:
    """Verify the host key and root access. Raises ConnectError."""
    if not ssh.known(host):
        _meet(host, asking)
    if not sudo.needs_password(host):
        return Session(host)
    typed = asking.password(f"sudo password of {host.ssh.user} on {host.address}")
    return Session(host, sudo.checked_password(host, typed))


def _meet(host: Host, asking: Asking) -> None:
    """First contact: show the fingerprints and ask, before any login. Raises ConnectError."""
    keys = ssh.first_contact(host)
    shown = "\n".join(f"  {key}" for key in keys)
    question = f"First contact with {host.address}:{host.ssh.port}. Its host key:\n{shown}\nIs that the one?"
    if not asking.confirm(question):
        raise ConnectError(
            "the host key was not accepted",
            where=f"{host.address}:{host.ssh.port}",
            hint=f"compare it with the provider's console, then: {host_keys.how_to_accept(host)}",
        )
    ssh.trust(host, keys)
