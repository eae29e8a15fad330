"""Getting onto a host as a person would: its key shown and agreed to once, its sudo password asked once."""

from collections.abc import Callable
from dataclasses import dataclass

from binder_singlenode import ssh
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import host_keys, sudo


@dataclass(frozen=True)
class Asking:
    """How to reach the person: a yes-or-no question, and a password typed unseen (None: nobody is there)."""

    confirm: Callable[[str], bool]
    password: Callable[[str], str | None]


def open_access(host: Host, asking: Asking) -> str | None:
    """Make sure of the host's key and of root; the sudo password where one is needed. Raises ConnectError."""
    if not ssh.known(host):
        _meet(host, asking)
    if not sudo.needs_password(host):
        return None
    typed = asking.password(f"sudo password of {host.ssh.user} on {host.address}")
    return sudo.checked_password(host, typed)


def _meet(host: Host, asking: Asking) -> None:
    """First contact: the fingerprints are shown before anything is told to the host."""
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
