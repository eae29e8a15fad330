"""Error messages about a login that connects but does not run commands, from what it printed instead."""

import re
import subprocess

from binder_singlenode.base.masking import hide
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError

SHOWN_LINES = 4
SHOWN_CHARACTERS = 300

_OTHER_USER = re.compile(
    r"log ?in as (?:the )?(?:user )?[\"'`]?(?P<name>[A-Za-z0-9_][\w.+-]*)[\"'`]?(?: user)?,? rather than",
    re.I,
)
_KINDS = (
    (
        re.compile(
            r"password change required|required to change your password|password (?:has|is) expired", re.I
        ),
        "the password of {user} has expired, and must be changed first",
        "change it: {login}   (or as root on the host: passwd {user})",
    ),
    (
        re.compile(r"pam_nologin|system is (?:booting|going down)|not permitted to log in yet", re.I),
        "the host lets nobody log in at the moment: it starts or shuts down",
        "wait a minute, then run the same command again; if it stays so: rm /run/nologin /etc/nologin",
    ),
    (
        re.compile(
            r"not allowed at this time|exceeded (?:maxstartups|logintimeout)|^kex_exchange_identification:"
            r".*(?:closed|reset)",
            re.I | re.M,
        ),
        "the ssh server answers, but ends the connection at once",
        "too many connections or failed logins are the usual reasons (MaxStartups or PerSourcePenalties in"
        " sshd_config, fail2ban, hosts.deny): wait some minutes; for details run: {verbose}",
    ),
    (
        re.compile(r"account (?:is currently not available|has expired|has been (?:disabled|locked))", re.I),
        "the account {user} is closed for logins",
        "set ssh.user to a user that may log in, or open it as root on the host:"
        " usermod --expiredate '' --shell /bin/bash {user}",
    ),
    (
        re.compile(
            r"sftp connections only|only allow(?:s|ed)? sftp|rrsync|run rsync|git[- ]shell"
            r"|unrecognized command|not provide shell access",
            re.I,
        ),
        "this login is for file transfer or git only",
        "set ssh.user or ssh.key to a login with a shell; the limit is ForceCommand in sshd_config, or"
        " command= in authorized_keys",
    ),
)
_ANY = (
    "commands do not run as {user}",
    "try: {login} echo works   (it must print: works). In the way may be the login shell (see: getent passwd"
    " {user}), `exec` in its start-up file (~/.bashrc), ForceCommand in sshd_config, or command= in"
    " authorized_keys",
)
_START_UP = (
    "commands must not meet this: in the start-up file of the login shell (~/.bashrc, ~/.zshenv, ~/.cshrc,"
    " ~/.config/fish/config.fish), or ForceCommand in sshd_config, do this in interactive shells only;"
    " in ~/.bashrc, above it: case $- in *i*) ;; *) return ;; esac"
)


def refused(host: Host, done: "subprocess.CompletedProcess[str]") -> ConnectError:
    """The probe did not run, or not to its end."""
    if error := known(host, f"{done.stdout}\n{done.stderr}"):
        return error
    said = _shown(done.stdout if done.stdout.strip() else done.stderr)
    return _error(host, _ANY[0], _ANY[1], said or f"  exit code {done.returncode}, and no output")


def known(host: Host, every: str) -> ConnectError | None:
    """The error if these words of the login, or of ssh, name a fault with a remedy."""
    other = _OTHER_USER.search(every)
    if other and other["name"].upper() != "NONE":
        hint = f"set ssh.user: {other['name']}"
        return _error(host, "the host wants another user than {user}", hint, _around(every, other))
    if other:
        hint = "set ssh.user to another user"
        return _error(host, "the host lets nobody log in as {user}", hint, _around(every, other))
    for pattern, message, hint in _KINDS:
        if found := pattern.search(every):
            return _error(host, message, hint, _around(every, found))
    return None


def waits(host: Host, limit: subprocess.TimeoutExpired) -> ConnectError:
    """The probe did not end: a menu, or a program that waits for a terminal."""
    said = _shown((limit.output or b"").decode(errors="replace"))
    return _error(host, f"{_ANY[0]}: no end within {limit.timeout:.0f} s", _ANY[1], said)


def reads_input(host: Host) -> ConnectError:
    """The probe ran, but its standard input did not arrive."""
    return _error(host, "the login of {user} reads the input of commands", _START_UP)


def prints_afterwards(host: Host, lines: list[str]) -> ConnectError:
    """Text after the probe's end."""
    return _error(host, "the login of {user} prints after each command", _START_UP, _shown("\n".join(lines)))


def changes(host: Host, what: str) -> ConnectError:
    """The probe ran, but a program in between changed its output or its exit code."""
    return _error(host, "commands of {user} run, but their result is changed on the way: " + what, _START_UP)


def _error(host: Host, message: str, hint: str, said: str = "") -> ConnectError:
    port = f" -p {host.ssh.port}" if host.ssh.port != 22 else ""
    way = f"{port} {host.ssh.user}@{host.address}"
    names = {"user": host.ssh.user, "login": f"ssh{way}", "verbose": f"ssh -v{way} true"}
    whole = message.format(**names) + (f":\n{said}" if said else "")
    where = f"{host.ssh.user}@{host.address}:{host.ssh.port}"
    return ConnectError(whole, where=where, hint=hint.format(**names))


def _around(text: str, found: re.Match[str]) -> str:
    """The whole lines around a match."""
    begin = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    return _shown(text[begin : end if end >= 0 else None])


def _shown(text: str) -> str:
    """The first lines, indented, without control characters: they come from the host."""
    lines = [line.strip() for line in hide(text)[: 4 * SHOWN_CHARACTERS].splitlines() if line.strip()]
    printable = ["".join(c if c.isprintable() else "?" for c in line) for line in lines]
    return "\n".join(f"  {line[:SHOWN_CHARACTERS]}" for line in printable[:SHOWN_LINES])
