"""After a failed build: did the host's kernel end a process because builds had used up their memory?

All builds of a host share the memory of one control group. The kernel's log names the group of each process
that it ends, so this is known and not guessed.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from binder_singlenode import ssh
from binder_singlenode.binderhub.launch.causes import MEMORY
from binder_singlenode.errors import ConnectError, LaunchError
from binder_singlenode.layout.names import BUILDS_SLICE
from binder_singlenode.ssh import contact, sudo
from binder_singlenode.ssh.session import Session

if TYPE_CHECKING:
    from binder_singlenode.config import Host

MARGIN_S = 60
"""The kernel's line may be older than the launch: it continues a build that an earlier launch began."""
LIMIT_S = 20.0
_TASK = re.compile(r"\btask=(?P<name>[^,\s]+)")


def session_without_asking(host: Host) -> Session | None:
    """A session that needs no question: the host key is known, and neither ssh nor sudo asks for a secret."""
    try:
        if not (ssh.known(host) and _connects(host)):
            return None
        met = contact.made(host)
        if host.ssh.user != "root" and sudo.needs_password(host, met.sudo):
            return None
    except ConnectError:
        return None
    return Session(host, shell=met.shell)


def _connects(host: Host) -> bool:
    """Whether ssh connects without a question about a password or a key's passphrase."""
    *options, alias = ssh.command_line(host)
    command = [*options, "-o", "BatchMode=yes", alias, "true"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def explained(error: LaunchError, host: Host, session: Session | None, elapsed_s: float) -> LaunchError:
    """The error of a launch that took `elapsed_s`, with a hint about the builds' memory."""
    if error.cause is None:
        return error
    task = _killed(session, elapsed_s) if session else None
    if task is None and error.cause != MEMORY:
        return error
    known = f"the host's kernel ended {task} in a build, because builds had used up their memory"
    guessed = "the build took more memory than this host gives to builds"
    limit = host.builds.memory_limit
    error.hint = (
        f"{known if task else guessed} ({limit} for one build): raise builds.memory_limit in the host file, "
        "then run `up`; the repository itself may be right"
    )
    error.cause = MEMORY
    return error


def script(since_s: int) -> str:
    """Shell that prints the kernel's last line about a process of a build that it ended, if there is one."""
    group = BUILDS_SLICE.replace(".", r"\.")
    lines = f"journalctl -k -q --no-pager -o cat --since=-{since_s}s 2>/dev/null"
    return f"{lines} | grep -E 'oom-kill:.*(oom|task)_memcg=/{group}' | tail -n 1"


def _killed(session: Session, elapsed_s: float) -> str | None:
    """The name of the process that was ended, or None."""
    try:
        done = session.as_root(script(round(elapsed_s) + MARGIN_S), timeout_s=LIMIT_S)
    except ConnectError:
        return None
    if BUILDS_SLICE not in done.stdout:
        return None
    found = _TASK.search(done.stdout)
    return found["name"] if found else "a process"
