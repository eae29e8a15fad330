"""The first command on a host: does what is sent arrive, and does what is printed come back?

One round trip, before anything else: a login may refuse commands (nologin, ForceCommand, an expired
password), read their input, or print before them. What comes back must be exactly what the probe prints.
"""

import logging
import subprocess
from dataclasses import dataclass

from binder_singlenode import ssh
from binder_singlenode.base import sections
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import login_faults
from binder_singlenode.ssh.login_shell import POSIX, LoginShell

TYPED = "binder-singlenode"
LIMIT_S = 60.0
NO_SUDO = "no-sudo"
CODE = 42
"""Exit code of the probe."""

# Only characters that every shell reads alike: no newline, quote, backslash or exclamation mark inside.
# The empty line ends what the login printed without a newline.
_PROBE = (
    f'echo; echo "{sections.SEPARATOR}typed"; read -r typed; echo "$typed";'
    f' echo "{sections.SEPARATOR}shell"; echo "$SHELL";'
    f' echo "{sections.SEPARATOR}sudo"; if [ "$(id -u)" = 0 ]; then id -u;'
    ' elif command -v sudo >/dev/null; then LC_ALL=C sudo -n -- sh -c "id -u" 2>&1 </dev/null;'
    f" else echo {NO_SUDO}; command -v doas; fi;"
    f' echo "{sections.SEPARATOR}end"; echo "{sections.SEPARATOR}errors" >&2; exit {CODE}'
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Contact:
    """What the probe found."""

    shell: LoginShell
    sudo: str
    """Output of `id -u` as root, or what sudo said instead; NO_SUDO without sudo."""


def made(host: Host) -> Contact:
    """Run the probe. Raises ConnectError, with the login's own words, if it does not come back as sent."""
    done = _answer(host)
    found = sections.split(done.stdout.split("\n"))
    if "end" not in found:
        changed = f"{sections.SEPARATOR}end" in done.stdout
        raise login_faults.changes(host, "line ends") if changed else login_faults.refused(host, done)
    if found.get("typed") != [TYPED]:
        raise login_faults.reads_input(host)
    if after := [line for line in found["end"] if line.strip()]:
        raise login_faults.prints_afterwards(host, after)
    if done.returncode != CODE:
        raise login_faults.changes(host, "the exit code")
    if f"{sections.SEPARATOR}errors" not in done.stderr:
        raise login_faults.changes(host, "stderr")
    before = done.stdout.partition(f"\n{sections.SEPARATOR}")[0]
    if before:
        logger.info("the login of %s prints before each command: %r", host.ssh.user, before[:200])
    name = "".join(found.get("shell", [])).rpartition("/")[2]
    return Contact(LoginShell(name in POSIX, bool(before)), "\n".join(found.get("sudo", [])))


def _answer(host: Host) -> "subprocess.CompletedProcess[str]":
    try:
        return ssh.run(host, f"sh -c '{_PROBE}'", f"{TYPED}\n", timeout_s=LIMIT_S)
    except ConnectError as error:
        if isinstance(error.__cause__, subprocess.TimeoutExpired):
            raise login_faults.waits(host, error.__cause__) from error
        raise
