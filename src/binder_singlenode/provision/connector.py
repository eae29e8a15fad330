"""The pyinfra connector that runs plain `ssh` with the host's one config.

pyinfra's own connector speaks ssh through a Python library that reads ssh_config in its own way (no nested
jump hosts, no `Match`), hangs on long stderr unless gevent has patched everything, sends a sudo password
through the environment of a command, and passes uploads through /tmp with an open mode. With ssh itself,
agent, keys and jump hosts are exactly what people have; every command shares one connection; uploads stream
into a file that is private from its first byte.
"""

import functools
import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pyinfra.api.exceptions import ConnectError as PyinfraConnectError
from pyinfra.connectors.base import BaseConnector, DataMeta
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command
from typing_extensions import TypedDict

from binder_singlenode import ssh
from binder_singlenode.base.units import MIB
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh.sudo import as_root

DATA_KEY = "binder_session"
_CONTROL = ("_sudo", "_sudo_user", "_sudo_password", "_timeout", "_stdin", "_get_pty", "_success_exit_codes")

TAIL_LINES = 40


@dataclass(frozen=True)
class Failure:
    """A command that failed: its masked words, exit code, and what it said."""

    command: str
    exit_code: int
    said: str

    @property
    def tail(self) -> str:
        """The last lines of what it said."""
        return "\n".join(self.said.strip().splitlines()[-TAIL_LINES:])


class Session:
    """What the connector needs: the host and the sudo password; and what went wrong, for the error."""

    def __init__(self, host: Any, sudo_password: str | None, state_dir: Path | None = None) -> None:
        self.host = host
        self.sudo_password = sudo_password
        self.state_dir = state_dir
        self.failure: Failure | None = None
        self.lost: ConnectError | None = None
        self.waiting: Callable[[str], None] | None = None
        """Called each second while a command or an upload takes its time, with what is known of it."""

    def __copy__(self) -> "Session":
        """pyinfra copies host data at every access; the session is one."""
        return self

    def run(
        self, command: str, text: str = "", timeout_s: float | None = None, *, watched: bool = False
    ) -> Any:
        """One shell command as root. Raises ConnectError."""
        sent, first = as_root(self.host, command, self.sudo_password)
        waiting = functools.partial(self.waiting, "") if watched and self.waiting else None
        return ssh.run(
            self.host, sent, first + text, timeout_s=timeout_s, state_dir=self.state_dir, waiting=waiting
        )


class _Data(TypedDict):
    binder_session: Session


class OpenSshConnector(BaseConnector):
    """Commands and uploads as root on the host that the Session names."""

    handles_execution = True
    data_cls = _Data
    data_meta = {DATA_KEY: DataMeta("The session (see Session)")}  # noqa: RUF012 - pyinfra's protocol

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Not offered by name: connection.py makes it."""
        yield name, {}, []

    @property
    def _session(self) -> Session:
        session: Session = self.data[DATA_KEY]
        return session

    def connect(self) -> None:
        """Open the shared connection."""
        try:
            ssh.open_connection(self._session.host, self._session.state_dir)
        except ConnectError as error:
            raise PyinfraConnectError(str(error)) from error

    def run_shell_command(
        self, command: Any, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        """Run as root; remember what failed, with its masked words, for the error that people see."""
        session = self._session
        control = {key: arguments.pop(key, None) for key in _CONTROL}
        raw = make_unix_command(command, **arguments).get_raw_value()
        masked = command if isinstance(command, str) else command.get_masked_value()
        try:
            done = session.run(raw, _text(control["_stdin"]), control["_timeout"], watched=True)
        except ConnectError as error:  # an exception here would be printed by gevent, then lost
            session.lost = error
            return False, CommandOutput([OutputLine("stderr", str(error))])
        good = done.returncode in (control["_success_exit_codes"] or (0,))
        if not good:
            session.failure = Failure(masked, done.returncode, done.stderr or done.stdout)
        lines = [OutputLine("stdout", line) for line in done.stdout.splitlines()]
        lines += [OutputLine("stderr", line) for line in done.stderr.splitlines()]
        return good, CommandOutput(lines)

    def put_file(
        self,
        filename_or_io: Any,
        remote_filename: str,
        remote_temp_filename: str | None = None,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,
    ) -> bool:
        """Stream a local file to a private file on the host."""
        session = self._session
        where = shlex.quote(remote_filename)
        command, first = as_root(session.host, f"umask 077 && cat > {where}", session.sudo_password)
        try:
            with Path(filename_or_io).open("rb") as file:
                sent: Any = _Told(file, session.waiting) if session.waiting else file
                done = ssh.upload(session.host, command, first, sent, session.state_dir)
        except ConnectError as error:
            session.lost = error
            return False
        except OSError as error:  # the local file
            session.failure = Failure(f"upload to {remote_filename}", 1, str(error))
            return False
        if done.returncode != 0:
            session.failure = Failure(f"upload to {remote_filename}", done.returncode, done.stderr)
        return done.returncode == 0

    def get_file(self, *arguments: Any, **options: Any) -> bool:
        """Nothing here downloads."""
        raise NotImplementedError("the deploy steps never download files")


class _Told:
    """A file that tells how much of it was read."""

    def __init__(self, file: IO[bytes], tell: Callable[[str], None]) -> None:
        self._file = file
        self._tell = tell
        self._mib = os.fstat(file.fileno()).st_size // MIB

    def read(self, size: int) -> bytes:
        """The next piece."""
        piece = self._file.read(size)
        self._tell(f"{self._file.tell() // MIB} of {self._mib} MiB sent")
        return piece


def _text(stdin: Any) -> str:
    """pyinfra allows one text or several lines."""
    if stdin is None:
        return ""
    if isinstance(stdin, str):
        return stdin if stdin.endswith("\n") else f"{stdin}\n"
    return "".join(_text(line) for line in stdin)
