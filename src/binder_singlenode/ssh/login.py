"""Verify the host key and the login, and get the sudo password: the user is asked once for each."""

from collections.abc import Callable
from dataclasses import dataclass

from binder_singlenode import config, ssh
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import contact, host_keys, sudo
from binder_singlenode.ssh.session import Session


@dataclass(frozen=True)
class Asking:
    """How to ask the user: a yes-or-no question, and a password that is not shown (None: no terminal)."""

    confirm: Callable[[str], bool]
    password: Callable[[str], str | None]
    terminal: bool = True
    """Without a terminal, the answer to every question is no."""
    say: Callable[[str], None] = lambda line: None


def open_access(host: Host, asking: Asking) -> Session:
    """Verify the host key, the login and root access. Raises ConnectError.

    The host file of a new address is written here: a mistyped address leaves none.
    """
    if not ssh.known(host):
        _meet(host, asking)
    met = contact.made(host)
    if path := config.keep(host):
        asking.say(f"new host file: {path}")
    if host.ssh.user == "root" or not sudo.needs_password(host, met.sudo):
        return Session(host, shell=met.shell)
    typed = asking.password(f"sudo password of {host.ssh.user} on {host.address}")
    return Session(host, sudo.checked_password(host, typed, met.shell), shell=met.shell)


def _meet(host: Host, asking: Asking) -> None:
    """First contact: show the fingerprints and ask, before any login. Raises ConnectError."""
    keys = ssh.first_contact(host)
    shown = "\n".join(f"  {key}" for key in keys)
    question = f"First contact with {host.address}:{host.ssh.port}. Its host key:\n{shown}\nIs that the one?"
    if not asking.confirm(question):
        why = "" if asking.terminal else ", because there is no terminal to ask on"
        raise ConnectError(
            f"the host key was not accepted{why}. The host shows:\n{shown}",
            where=f"{host.address}:{host.ssh.port}",
            hint=f"compare it with the provider's console, then: {host_keys.how_to_accept(host)}",
        )
    ssh.trust(host, keys)
