"""Root certificates of hosts with their own authority (tls: own-ca), kept on the operator's computer.

Fetched over ssh, which is trusted already. Each root is trusted only for the names of its host.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from binder_singlenode.base import atomic, folders
from binder_singlenode.config import Host


def keep(host: Host, pem: str) -> None:
    """Save this root; later connections to the host's names trust it too."""
    for name in {*host.names, urlsplit(host.base_url).hostname or host.address}:
        path = _path(name)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        atomic.write(path, pem)


def believe(context: ssl.SSLContext, name: str) -> None:
    """Add the root of the host with this name, if it has one."""
    path = _path(name)
    if path.is_file():
        context.load_verify_locations(cafile=str(path))


def _path(name: str) -> Path:
    return folders.state_dir() / "roots" / f"{name.lower()}.pem"
