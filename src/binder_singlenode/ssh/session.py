"""A host and root on it: the object that every command passes on after the login."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from binder_singlenode import ssh
from binder_singlenode.config import Host
from binder_singlenode.errors import ClusterError, ConnectError
from binder_singlenode.layout.addresses import API_PORT
from binder_singlenode.ssh import failures, sudo
from binder_singlenode.ssh.login_shell import PLAIN, LoginShell

LIMIT_S = 60.0
Done = subprocess.CompletedProcess[str]


def said(done: Done) -> str:
    """What a failed command printed: its stderr, or its stdout if that is empty."""
    return done.stderr.strip() or done.stdout.strip() or "no output"


@dataclass(frozen=True)
class Session:
    """One host, with the sudo password that its user typed. Every method raises ConnectError."""

    host: Host
    sudo_password: str | None = field(default=None, repr=False)
    """None: not needed."""
    shell: LoginShell = field(default=PLAIN, kw_only=True)

    def ssh_config(self) -> Path:
        """Its ssh_config, which calls the host ssh.ALIAS."""
        return ssh.write_config(self.host)

    def root_command(self, command: str) -> tuple[str, str]:
        """The command to send, and what must come first on its standard input (see sudo.as_root)."""
        sent, first = sudo.as_root(self.host, command, self.sudo_password)
        return self.shell.sent(sent), first

    def as_root(
        self,
        command: str,
        text: str = "",
        timeout_s: float | None = LIMIT_S,
        waiting: Callable[[], None] | None = None,
    ) -> Done:
        """Run a shell command as root; `text` is its standard input. The caller must check the exit code.

        `waiting` is called each second until the command ends.
        """
        sent, first = self.root_command(command)
        return self._read(self.run(sent, first + text, timeout_s, waiting))

    def run(
        self, command: str, text: str, timeout_s: float | None, waiting: Callable[[], None] | None = None
    ) -> Done:
        """Run a shell command as the login user."""
        return ssh.run(self.host, command, text, timeout_s=timeout_s, waiting=waiting)

    def upload(self, command: str, file: IO[bytes]) -> Done:
        """Run a shell command as root, whose standard input is the whole of `file`."""
        sent, first = self.root_command(command)
        return self._read(ssh.upload(self.host, sent, first, file))

    def _read(self, done: Done) -> Done:
        return Done(done.args, done.returncode, self.shell.output(done.stdout), done.stderr)

    @contextmanager
    def tunnel(self, remote_port: int = API_PORT) -> Iterator[int]:
        """Forward a local port, which the block gets, to `remote_port` on the host's loopback.

        If the block raises ClusterError because of the tunnel, the error is about ssh instead.
        """
        try:
            with ssh.tunnel(self.host, remote_port) as port:
                yield port
        except ClusterError as error:
            if not ssh.is_open(self.host):
                raise ssh.failed(self.host) from error
            if ssh.forbids_tunnel(self.host, remote_port):
                what, remedy = failures.tunnel_forbidden(self.host, remote_port)
                raise ConnectError(what, where=self.host.address, hint=remedy) from error
            raise
