"""The operator's kubeconfig: fetch k3s' file over ssh, point it to the tunnel, merge it into the local file.

The entry works only while a tunnel is open: its server is https://127.0.0.1:<port>, and the API's port 6443
is closed on the host's public address. `binder-singlenode kubeconfig HOST` merges the entry and keeps the
tunnel open until Ctrl-C (`serve`). With a command, it runs the command with a temporary kubeconfig and does
not change the operator's file (`run_command`). TLS is verified: k3s' certificate contains 127.0.0.1.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from binder_singlenode.cluster.kubeconfig_file import current_file, merge_file, remove_entries
from binder_singlenode.errors import ClusterError
from binder_singlenode.layout import paths

if TYPE_CHECKING:
    from binder_singlenode.config import Host
    from binder_singlenode.ssh.session import Session

REMOTE_PATH = paths.K3S_KUBECONFIG
_SECTIONS = {"clusters": "cluster", "users": "user", "contexts": "context"}


@dataclass(frozen=True)
class Served:
    """A merged entry whose tunnel is open."""

    path: Path
    context: str
    port: int

    @property
    def command(self) -> str:
        """Example command for another terminal."""
        return f"kubectl --context {self.context} get nodes"


def context_name(name: str) -> str:
    """binder-<host>: the name of the cluster, user and context; it needs no quotes in any shell."""
    return "binder-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def forget(name: str) -> Path | None:
    """Remove a deleted host from the operator's kubeconfig; returns its path, or None without such a host.

    Raises ClusterError and then changes nothing.
    """
    context = context_name(name)
    path = current_file(context)
    return path if remove_entries(path, context) else None


def fetch(session: Session) -> dict[str, Any]:
    """The host's own kubeconfig. Raises ConnectError (ssh) and ClusterError."""
    host, done = session.host, session.as_root(f"cat {REMOTE_PATH}")
    if done.returncode != 0:
        raise _not_fetched(host, done.stderr.strip())
    try:
        return _checked(_yaml().load(done.stdout))
    except Exception as error:  # ruamel's errors quote the text, which holds keys
        raise ClusterError(
            f"not a kubeconfig ({type(error).__name__})",
            where=f"{host.name}:{REMOTE_PATH}",
            hint="k3s writes it again when it starts: systemctl restart k3s",
        ) from None


def _not_fetched(host: Host, said: str) -> ClusterError:
    where = f"{host.name}:{REMOTE_PATH}"
    if "sudo" in said or "password" in said:
        return ClusterError(
            f"sudo refused: {said}", where=where, hint="log in as root, or let the user run sudo"
        )
    if "No such file" in said:
        return ClusterError(
            "there is no cluster on this host", where=where, hint="install it: binder-singlenode up"
        )
    return ClusterError(f"cannot be read: {said or 'no reason given'}", where=where, hint="see `status`")


def _checked(document: Any) -> dict[str, Any]:
    for section, inner in _SECTIONS.items():
        document[section][0][inner].get("name")  # raises when the structure is different
    return dict(document)


def rewrite(raw: Mapping[str, Any], name: str, port: int) -> dict[str, Any]:
    """k3s' file with `name` for all entries, and the local end of the tunnel as server."""
    cluster = {**raw["clusters"][0]["cluster"], "server": f"https://127.0.0.1:{port}"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "preferences": {},
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": dict(raw["users"][0]["user"])}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


@contextmanager
def serve(session: Session, path: Path | None = None) -> Iterator[Served]:
    """Open the tunnel and merge the entry. The tunnel closes after the block; the entry stays in the file.

    `path` defaults to the file that kubectl would use. Raises ConnectError and ClusterError.
    """
    name = context_name(session.host.name)
    raw = fetch(session)
    target = path or current_file(name)
    with session.tunnel() as port:
        merge_file(target, rewrite(raw, name, port), name)
        yield Served(target, name, port)


def run_command(session: Session, command: Sequence[str]) -> int:
    """Run `command` with a temporary KUBECONFIG; returns its exit code. Raises ConnectError, ClusterError."""
    raw, name = fetch(session), context_name(session.host.name)
    with session.tunnel() as port, tempfile.TemporaryDirectory(prefix="binder-kubeconfig-") as folder:
        path = Path(folder, "config")
        merge_file(path, rewrite(raw, name, port), name)
        try:
            return subprocess.run(
                command, env={**os.environ, "KUBECONFIG": str(path)}, check=False
            ).returncode
        except FileNotFoundError:
            raise ClusterError(
                f"{command[0]}: no such command on this computer",
                hint="on the host there is always `k3s kubectl`: binder-singlenode ssh HOST -- k3s kubectl",
            ) from None


def _yaml() -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True)
