"""Prove that a new ssh connection gets to the host: a firewall may let only the shared one live."""

from __future__ import annotations

import subprocess

from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh.config import ALIAS
from binder_singlenode.ssh.connection import SSH_FAILED, command_line

LIMIT_S = 30
"""One attempt, through jump hosts too, and to a slow host."""
_ANSWERS = ("Permission denied", "Host key verification failed", "host key is known", "HAS CHANGED")
"""What ssh says after the host's sshd has answered."""
_JUMP_FAILED = "UNKNOWN port"
"""ssh says so of a connection through a jump host that did not come up."""
OPTIONS = {
    "ControlMaster": "no",
    "ControlPath": "none",
    "RemoteCommand": "none",
    "BatchMode": "yes",
    # No key is used: nobody types a passphrase or touches a security key, and sshd answers all the same.
    "PreferredAuthentications": "none",
    "ConnectTimeout": str(LIMIT_S * 2 // 3),
    "ConnectionAttempts": "1",
}


def problem(host: Host) -> str:
    """Why no new connection gets to sshd on the host; "" when it answers. No login; never raises."""
    try:
        return _tried(host)
    except (ConnectError, OSError) as error:
        return str(error)


def _tried(host: Host) -> str:
    options = [word for name, value in OPTIONS.items() for word in ("-o", f"{name}={value}")]
    command = [*command_line(host)[:-1], *options, ALIAS, "true"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {LIMIT_S} s"
    said = done.stderr.strip()
    if done.returncode != SSH_FAILED or (_JUMP_FAILED not in said and any(word in said for word in _ANSWERS)):
        return ""
    return said.splitlines()[-1] if said else "no reason given"
