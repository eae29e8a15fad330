"""Root on the host: by login as root, or by sudo. Its password is sent on standard input only."""

import shlex

from binder_singlenode import ssh
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import contact, sudo_words
from binder_singlenode.ssh.login_shell import PLAIN, LoginShell

BEFORE = 'umask 022; export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin"; '
"""The same surroundings on every host: files that services can read whatever umask the login has, messages in
English, and all programs found, although sshd and sudo (secure_path) set a PATH of their own."""


def as_root(host: Host, command: str, sudo_password: str | None = None) -> tuple[str, str]:
    """The command to send, and what must come first on its standard input."""
    return in_root_shell(command, host.ssh.user != "root", sudo_password)


def in_root_shell(
    command: str, sudo: bool, sudo_password: str | None = None, *, prompt: str = ""
) -> tuple[str, str]:
    """Like `as_root`, if only the need for sudo is known of the login.

    sh: the login shell may be any shell. -k: sudo asks for the password even if it has cached it, so that
    the line is always read by sudo and never by the command.
    """
    whole = f"sh -c {shlex.quote(BEFORE + command)}"
    if not sudo:
        return whole, ""
    if sudo_password is None:
        return f"sudo -n -- {whole}", ""
    return f"sudo -k -S -p {shlex.quote(prompt)} -- {whole}", f"{sudo_password}\n"


def needs_password(host: Host, words: str) -> bool:
    """Whether sudo needs a password, by what it said (contact.py). Raises ConnectError for all else."""
    lines = words.splitlines()
    if lines and lines[-1] == "0":
        return False
    if lines and lines[-1].isdecimal():
        raise ConnectError(
            f"sudo runs commands as the user with id {lines[-1]}, not as root",
            where=f"{host.ssh.user}@{host.address}",
            hint="runas_default in sudoers must be root, or set ssh.user to root",
        )
    if lines[:1] == [contact.NO_SUDO]:
        doas = "; doas is there, but takes no password on its input" if lines[1:] else ""
        raise ConnectError(
            f"user {host.ssh.user} is not root, and there is no sudo{doas}",
            where=host.address,
            hint="set ssh.user to root, or install sudo",
        )
    if not sudo_words.needs_password(words):
        raise sudo_words.error(host, words)
    return True


def checked_password(host: Host, typed: str | None, shell: LoginShell = PLAIN) -> str:
    """Check the sudo password and return it. Raises ConnectError if wrong or missing."""
    if typed is None:
        raise ConnectError(
            f"sudo asks for the password of {host.ssh.user}",
            where=host.address,
            hint="run from a terminal, which lets you type it; or allow the user passwordless sudo",
        )
    command, first = in_root_shell("true", True, typed, prompt=sudo_words.PROMPT)
    done = ssh.run(host, shell.sent(f"LC_ALL=C {command}"), input=first)
    if done.returncode != 0:
        raise sudo_words.error(host, done.stderr)
    return typed
