"""Plain ssh: its configuration, host keys, the shared connection, and how to become root."""

from binder_singlenode.ssh.config import ALIAS, write_config
from binder_singlenode.ssh.connection import (
    SSH_FAILED,
    close,
    command_line,
    failed,
    forbids_tunnel,
    is_open,
    open_connection,
    run,
    tunnel,
    upload,
)
from binder_singlenode.ssh.host_keys import HostKey, first_contact, known, trust

__all__ = [
    "ALIAS",
    "SSH_FAILED",
    "HostKey",
    "close",
    "command_line",
    "failed",
    "first_contact",
    "forbids_tunnel",
    "is_open",
    "known",
    "open_connection",
    "run",
    "trust",
    "tunnel",
    "upload",
    "write_config",
]
