"""One ssh_config per host, for all users of ssh: pyinfra's connector, the tunnel, checks, `ssh`.

It names the host `binder-host`, checks its key strictly against binder-singlenode's own known_hosts file, and
keeps one connection open for all commands. What the user's own ssh_config says about the way to the host
(agent, keys, jump hosts, proxies, aliases) is written into this file: see users_options.py.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from binder_singlenode.base import atomic
from binder_singlenode.base.folders import state_dir
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import users_options

ALIAS = "binder-host"
CONTROL_PERSIST_S = 120
SOCKET_PATH_LIMIT = 85
"""A Unix socket's path holds 108 bytes, of which ssh needs 17 for a temporary name."""

_OWN = (
    "StrictHostKeyChecking yes",
    "GlobalKnownHostsFile /dev/null",
    f"HostKeyAlias {ALIAS}",
    "CheckHostIP no",
    "UpdateHostKeys no",
    "ControlMaster auto",
    f"ControlPersist {CONTROL_PERSIST_S}",
    "ServerAliveInterval 15",
    "ServerAliveCountMax 8",
    "ConnectTimeout 20",
    "LogLevel ERROR",
)


def folder(host: Host) -> Path:
    """The folder of the host's ssh files, created with mode 0700."""
    base = state_dir() / "ssh" / f"{host.address.replace('/', '_')}-{host.ssh.port}"
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    return base


def known_hosts(host: Host) -> Path:
    """binder-singlenode's own known_hosts file for this host."""
    return folder(host) / "known_hosts"


def write_config(host: Host) -> Path:
    """Write the host's ssh_config (0600) and return its path. Raises ConnectError."""
    path = folder(host) / "config"
    text = _text(host)
    if not path.exists() or path.read_text() != text:
        atomic.write(path, text)
    return path


def _text(host: Host) -> str:
    users = [path for path in _users_configs(host) if path.is_file()]
    own = [
        f"User {host.ssh.user}",
        *([f"IdentityFile {_quoted(host.ssh.key)}", "IdentitiesOnly yes"] if host.ssh.key else []),
        *([f"ProxyJump {host.ssh.jump}"] if host.ssh.jump else []),
        f"UserKnownHostsFile {_quoted(known_hosts(host))}",
        f"ControlPath {_quoted(_socket(host))}",
        *_OWN,
        *users_options.taken_over(host),
    ]
    lines = [
        "# Written by binder-singlenode at every run.",
        "IgnoreUnknown *",  # the user's own IgnoreUnknown is not in force where the files are included below
        f"Host {ALIAS}",
        *(f"    {line}" for line in own),
    ]
    # For jump hosts: they have their own names, and their keys are in the user's own known_hosts.
    lines += ["", f'Match originalhost "*,!{ALIAS}"', *(f"    Include {_quoted(path)}" for path in users), ""]
    return "\n".join(lines)


def _users_configs(host: Host) -> list[Path]:
    """The files that ssh would read: only the one named in the host file, or the user's and the system's."""
    if host.ssh.config:
        return [host.ssh.config]
    return [Path.home() / ".ssh" / "config", Path("/etc/ssh/ssh_config")]


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("%", "%%") + '"'


def _socket(host: Host) -> Path:
    """The shared connection's socket; in a private folder in /tmp if the state folder's path is too long."""
    wanted = folder(host) / "mux"
    if len(os.fsencode(wanted)) <= SOCKET_PATH_LIMIT:
        return wanted
    base = Path(tempfile.gettempdir(), f"binder-ssh-{os.getuid()}")
    base.mkdir(mode=0o700, exist_ok=True)
    status = base.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or base.is_symlink():
        raise ConnectError(
            "other users can access this folder",
            where=str(base),
            hint="remove it, or set TMPDIR to another folder",
        )
    return base / hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
