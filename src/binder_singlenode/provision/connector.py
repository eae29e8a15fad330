"""The pyinfra connector that runs the `ssh` program with the host's ssh_config (ssh/config.py).

pyinfra's own connector uses a Python library for ssh. It reads ssh_config in its own way (no nested jump
hosts, no `Match`) and hangs on long stderr unless gevent has patched everything. It passes a sudo password
in the environment of a command, and uploads through files in /tmp that other users can read. The `ssh`
program uses the agent, keys and jump hosts that the user has configured. All commands share one connection,
and an upload goes to a file that is private from its first byte.
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
from binder_singlenode.ssh.session import Done, Session, said

DATA_KEY = "binder_execution"
_CONTROL = ("_sudo", "_sudo_user", "_sudo_password", "_timeout", "_stdin", "_get_pty", "_success_exit_codes")

TAIL_LINES = 40


@dataclass(frozen=True)
class Failure:
    """A command that failed: its masked text, exit code and output."""

    command: str
    exit_code: int
    said: str

    @property
    def tail(self) -> str:
        """The last lines of the output."""
        return "\n".join(self.said.strip().splitlines()[-TAIL_LINES:])


class Execution:
    """Input of the connector: the session. It also keeps what failed, for the error message."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.failure: Failure | None = None
        self.lost: ConnectError | None = None
        self.waiting: Callable[[str], None] | None = None
        """Called each second while a command runs, and for each piece of an upload, with its progress."""

    def __copy__(self) -> "Execution":
        """pyinfra copies host data at every access, but this must stay one object."""
        return self

    def run(self, command: str, text: str, timeout_s: float | None) -> Done:
        """Run a shell command as root, and call `waiting` meanwhile. Raises ConnectError."""
        waiting = functools.partial(self.waiting, "") if self.waiting else None
        return self.session.as_root(command, text, timeout_s, waiting)


class _Data(TypedDict):
    binder_execution: Execution


class OpenSshConnector(BaseConnector):
    """Runs commands and uploads files as root on the session's host."""

    handles_execution = True
    data_cls = _Data
    data_meta = {DATA_KEY: DataMeta("The execution (see Execution)")}  # noqa: RUF012 - pyinfra's protocol

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Required by pyinfra; not used, because run.py sets the host's connector."""
        yield name, {}, []

    @property
    def _execution(self) -> Execution:
        execution: Execution = self.data[DATA_KEY]
        return execution

    def connect(self) -> None:
        """Open the shared connection."""
        try:
            ssh.open_connection(self._execution.session.host)
        except ConnectError as error:
            raise PyinfraConnectError(str(error)) from error

    def run_shell_command(
        self, command: Any, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        """Run as root. Stores a failure, with the masked command, for the error message."""
        execution = self._execution
        control = {key: arguments.pop(key, None) for key in _CONTROL}
        raw = make_unix_command(command, **arguments).get_raw_value()
        masked = command if isinstance(command, str) else command.get_masked_value()
        try:
            done = execution.run(raw, _text(control["_stdin"]), control["_timeout"])
        except ConnectError as error:  # an exception here would be printed by gevent, then lost
            execution.lost = error
            return False, CommandOutput([OutputLine("stderr", str(error))])
        good = done.returncode in (control["_success_exit_codes"] or (0,))
        if not good:
            execution.failure = Failure(masked, done.returncode, said(done))
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
        execution = self._execution
        try:
            with Path(filename_or_io).open("rb") as file:
                sent: Any = _Told(file, execution.waiting) if execution.waiting else file
                done = execution.session.upload(f"umask 077 && cat > {shlex.quote(remote_filename)}", sent)
        except ConnectError as error:
            execution.lost = error
            return False
        except OSError as error:  # the local file
            execution.failure = Failure(f"upload to {remote_filename}", 1, str(error))
            return False
        if done.returncode != 0:
            execution.failure = Failure(f"upload to {remote_filename}", done.returncode, said(done))
        return done.returncode == 0

    def get_file(self, *arguments: Any, **options: Any) -> bool:
        """Not supported."""
        raise NotImplementedError("the deploy steps never download files")


class _Told:
    """A file that reports how much of it was read."""

    def __init__(self, file: IO[bytes], tell: Callable[[str], None]) -> None:
        self._file = file
        self._tell = tell
        self._mib = os.fstat(file.fileno()).st_size // MIB

    def read(self, size: int) -> bytes:
        """Read the next piece, and report the progress."""
        piece = self._file.read(size)
        self._tell(f"{self._file.tell() // MIB} of {self._mib} MiB sent")
        return piece


def _text(stdin: Any) -> str:
    """Standard input as one string: pyinfra allows a string or a list of lines."""
    if stdin is None:
        return ""
    if isinstance(stdin, str):
        return stdin if stdin.endswith("\n") else f"{stdin}\n"
    return "".join(_text(line) for line in stdin)
