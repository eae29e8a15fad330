"""Root on the host: by login as root, or by sudo. Its password is sent on standard input only."""

import shlex

from binder_singlenode import ssh
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError


def as_root(host: Host, command: str, sudo_password: str | None = None) -> tuple[str, str]:
    """The command to send, and what must come first on its standard input."""
    return in_root_shell(command, host.ssh.user != "root", sudo_password)


def in_root_shell(command: str, sudo: bool, sudo_password: str | None = None) -> tuple[str, str]:
    """Like `as_root`, if only the need for sudo is known of the login.

    sh: the login shell may be any shell. -k: sudo asks for the password even if it has cached it, so that
    the line is always read by sudo and never by the command.
    """
    whole = f"sh -c {shlex.quote(command)}"
    if not sudo:
        return whole, ""
    if sudo_password is None:
        return f"sudo -n -- {whole}", ""
    return f"sudo -k -S -p '' -- {whole}", f"{sudo_password}\n"


def needs_password(host: Host) -> bool:
    """Whether sudo needs a password for this user. Raises ConnectError: unreachable, or no sudo at all."""
    if host.ssh.user == "root":
        return False
    done = ssh.run(host, "command -v sudo >/dev/null || exit 3; sudo -n -- sh -c true")
    if done.returncode == 3:
        raise ConnectError(
            f"user {host.ssh.user} is not root, and there is no sudo",
            where=host.address,
            hint="set ssh.user to root, or install sudo",
        )
    return done.returncode != 0


def checked_password(host: Host, sudo_password: str | None) -> str | None:
    """Check the sudo password and return it; None if not needed. Raises ConnectError if wrong or missing."""
    if not needs_password(host):
        return None
    if sudo_password is None:
        raise ConnectError(
            f"sudo asks for the password of {host.ssh.user}",
            where=host.address,
            hint="run from a terminal, which lets you type it; or allow the user passwordless sudo",
        )
    command, first = as_root(host, "true", sudo_password)
    done = ssh.run(host, command, input=first)
    if done.returncode != 0:
        raise ConnectError(
            f"sudo refuses: {_last(done.stderr) or 'wrong password'}",
            where=f"{host.ssh.user}@{host.address}",
            hint="the password is the login user's; the user must be allowed to run every command",
        )
    return sudo_password


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
