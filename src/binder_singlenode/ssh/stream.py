"""Endless output, such as a followed log, line by line."""

import contextlib
import subprocess
from collections.abc import Callable

from binder_singlenode import ssh
from binder_singlenode.base import transcript
from binder_singlenode.config import Host


def stream(host: Host, command: str, first: str, each: Callable[[str], None]) -> int:
    """Run a shell command whose standard input is `first`; `each` gets each line. Returns its exit code.

    Its stderr goes to the stderr of binder-singlenode. Raises ConnectError.
    """
    ssh.open_connection(host)
    transcript.command(command)
    words = ssh.command_line(host, [command])
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError), process.stdin as typed:
                typed.write(first.encode())
            for line in process.stdout:
                each(line.decode(errors="replace").rstrip("\r\n"))
            code = process.wait()
        finally:  # after Ctrl-C, or if the reader of the output has gone
            process.kill()
    if code == ssh.SSH_FAILED:  # ssh has printed its reason, if it has one
        raise ssh.failed(host)
    return code
