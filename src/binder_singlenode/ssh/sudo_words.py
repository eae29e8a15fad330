"""What sudo says when it refuses, and what to do about each.

The texts are those of sudo (plugins/sudoers, locale C), of sudo-rs, and of wrappers around doas.
"""

import re

from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError

PROMPT = "binder-singlenode asks for the password of %p:"
"""%p: the user whose password sudo wants, which rootpw, targetpw and runaspw change."""
_PROMPTED = re.compile(r"binder-singlenode asks for the password of ([^:\s]+):")

_PASSWORD_NEEDED = re.compile(
    r"a password is required|(?:interactive )?authentication (?:is )?required|a terminal is required to"
    r" (?:read the password|authenticate)",
    re.I,
)
_WRONG = re.compile(
    r"incorrect (?:password|authentication)|no password was provided|try again|auth\w* failed", re.I
)
_HARMLESS = re.compile(r"unable to resolve host|setlocale|^\s*$")

_SUDOERS = "as root on the host, with visudo -f /etc/sudoers.d/{user}: {user} ALL=(ALL:ALL) ALL"
_KINDS = (
    (
        r"must have a tty|a tty is required",
        "sudo wants a terminal (requiretty in sudoers), and commands over ssh have none",
        "as root on the host, with visudo -f /etc/sudoers.d/{user}: Defaults:{user} !requiretty",
    ),
    (
        r"not in the sudoers file|may not run sudo|not allowed to run sudo|i'm afraid i can't do that",
        "user {user} may not use sudo",
        f"{_SUDOERS}   (on Debian and Ubuntu also: adduser {{user}} sudo); or set ssh.user to another user",
    ),
    (
        r"is not allowed to execute|not permitted to|not allowed to run",
        "user {user} may use sudo for some commands only",
        f"every command must be allowed: {_SUDOERS}",
    ),
    (
        r"account or password is expired|password expired|account expired|account validation failure"
        r"|account is locked|account management error",
        "the account or the password of {user} has expired or is locked, so sudo refuses",
        "as root on the host: chage -l {user}, then passwd {user}",
    ),
    (
        r"setuid|nosuid|no new privileges|must be owned by uid 0|no valid sudoers"
        r"|world writable|is owned by uid|is mode",
        "sudo on the host does not work",
        "repair it as root on the host (check sudoers with visudo -c), or set ssh.user to root",
    ),
)


def needs_password(words: str) -> bool:
    """Whether sudo only wants a password."""
    return not refusal(words) and _PASSWORD_NEEDED.search(words) is not None


def refusal(words: str) -> tuple[str, str] | None:
    """Message and hint, with {user} to be filled in, if a password would not help."""
    for pattern, message, hint in _KINDS:
        if re.search(pattern, words, re.I):
            return message, hint
    return None


def error(host: Host, words: str) -> ConnectError:
    """The error for what sudo said, before or after the password."""
    said = _said(words)
    where = f"{host.ssh.user}@{host.address}"
    if found := refusal(words):
        message, hint = (text.format(user=host.ssh.user) for text in found)
        return ConnectError(f"{message}\n  {said}" if said else message, where=where, hint=hint)
    owner = _PROMPTED.search(words)
    if owner and owner[1] != host.ssh.user:
        return ConnectError(
            f"sudo wants the password of {owner[1]}, not of {host.ssh.user} (rootpw or targetpw in sudoers):"
            f" {said}",
            where=where,
            hint=f"run the same command again and type the password of {owner[1]}",
        )
    wrong = _WRONG.search(words) is not None or not said
    return ConnectError(
        f"sudo refuses: {said or 'wrong password'}",
        where=where,
        hint=f"type the password of {host.ssh.user}"
        if wrong
        else "for details: ssh to the host, and run: sudo -v",
    )


def _said(words: str) -> str:
    """The last line that says something; sudo's prompt is cut out."""
    lines = [_PROMPTED.sub("", line).strip() for line in words.splitlines() if not _HARMLESS.search(line)]
    return next((line for line in reversed(lines) if line and not line.isdigit()), "")
