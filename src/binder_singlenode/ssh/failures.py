"""Error messages for what the `ssh` program says when it fails (exit code 255)."""

import re

from binder_singlenode.base import invocation
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError, LostConnection
from binder_singlenode.ssh import host_keys, login_faults

_KEY_TROUBLE = ("IDENTIFICATION HAS CHANGED", "Host key verification failed", "host key is known")
_REFUSED = ("Permission denied", "Too many authentication failures")
_SESSIONS = ("Session open refused", "session open failed")
_SSH_SAYS = re.compile(
    r"^(?:ssh: |ssh_|mux_|kex_|client_loop|packet_write|banner exchange|Connection |Shared connection"
    r"|Control ?[Ss]ocket|Timeout, server|Read from remote host|Received disconnect|Disconnected from"
    r"|Host key |Bad packet|Corrupted MAC|Session open refused|channel \d+: open failed"
    r"|No [A-Z0-9]+ host key is known|\S+@\S+: Permission denied|@@@@)",
    re.M,
)
_FEW_METHODS = re.compile(r"Permission denied \((?P<methods>[a-z,-]+)\)")


def says(said: str) -> bool:
    """Whether ssh itself failed: a command on the host can end with 255 too."""
    return not said.strip() or _SSH_SAYS.search(said) is not None


def at_connecting(host: Host, said: str) -> ConnectError:
    """No connection was made."""
    where = f"{host.ssh.user}@{host.address}:{host.ssh.port}"
    if not host_keys.known(host) and any(words in said for words in _KEY_TROUBLE):
        return ConnectError(
            "the host's key is not known yet", where=where, hint=host_keys.how_to_accept(host)
        )
    if any(words in said for words in _KEY_TROUBLE):
        return host_keys.changed(host, host_keys.first_contact(host))
    if error := login_faults.known(host, said):
        return error
    if any(words in said for words in _REFUSED):
        return _refused(host, said, where)
    return host_keys.unreachable(host, said.strip() or "no reason given")


def _refused(host: Host, said: str, where: str) -> ConnectError:
    how = f"ssh -v -p {host.ssh.port} {host.ssh.user}@{host.address} true"
    methods = _FEW_METHODS.search(said)
    if methods and "publickey" not in methods["methods"]:  # not offered, or accepted as the first of two
        return ConnectError(
            f"the host wants more than a key of {host.ssh.user} ({methods['methods']}: a password or a code)",
            where=where,
            hint=f"run the same command from a terminal, which lets you type it; what ssh tries: {how}",
        )
    key = f"the key {host.ssh.key}" if host.ssh.key else "none of your keys (agent, ~/.ssh)"
    return ConnectError(
        f"the host refuses {key} for user {host.ssh.user}",
        where=where,
        hint=f"set ssh.user or ssh.key; what ssh tries: {how}",
    )


def afterwards(host: Host, said: str) -> ConnectError:
    """The connection was there, and a command on it failed."""
    if any(words in said for words in (*_KEY_TROUBLE, *_REFUSED)):
        return at_connecting(host, said)
    if any(words in said for words in _SESSIONS):
        return ConnectError(
            "the ssh server refuses to run commands over a connection (MaxSessions)",
            where=f"{host.ssh.user}@{host.address}:{host.ssh.port}",
            hint="on the host, set MaxSessions 10 in /etc/ssh/sshd_config, then: systemctl reload ssh",
        )
    return lost(host, said)


def tunnel_forbidden(host: Host, port: int) -> tuple[str, str]:
    """Message and remedy."""
    return (
        f"{host.ssh.user} may not forward to 127.0.0.1:{port}, the Kubernetes API",
        "allow it: AllowTcpForwarding local (or yes) in /etc/ssh/sshd_config, also in its Match sections and"
        f" with PermitOpen 127.0.0.1:{port}; then: systemctl reload ssh. A key with `restrict` in"
        " authorized_keys needs port-forwarding too",
    )


def lost(host: Host, said: str = "") -> LostConnection:
    """The connection ended in the middle of a command."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    command = invocation.again("")
    return LostConnection(
        host.address,
        lines[-1] if lines else "",
        hint="the host may be rebooting; run the same command again" + (f": {command}" if command else ""),
    )
