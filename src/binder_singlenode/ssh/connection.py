"""Run `ssh` with the host's ssh_config: commands, uploads, and the tunnel to the Kubernetes API.

The first command opens a connection that all others share (ControlMaster). `close` ends it, and so do two
idle minutes. Only ssh itself prompts (for a key's passphrase, if no agent has the key).
"""

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from binder_singlenode.base import invocation, transcript
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.layout.addresses import API_PORT
from binder_singlenode.ssh import failures, host_keys, output
from binder_singlenode.ssh.config import ALIAS, write_config

OPEN_LIMIT_S = 120
"""Long, because the user may have to type a passphrase or touch a security key."""
CONTROL_LIMIT_S = 30
FORWARD_LIMIT_S = 10
SSH_FAILED = 255
UPLOAD_PIECE_BYTES = 1 << 18
TUNNEL_TRIES = 5


def command_line(host: Host, command: Sequence[str] = ()) -> list[str]:
    """The `ssh` command line for a shell on the host, or for a command."""
    return ["ssh", "-F", str(write_config(host)), ALIAS, *command]


def open_connection(host: Host) -> None:
    """Open the shared connection unless it is open; if it ends early, ssh itself opens another.
    Raises ConnectError."""
    config = write_config(host)
    opened = invocation.current().connections
    if config in opened or is_open(host):
        opened.add(config)
        return
    log = _log(host)
    log.unlink(missing_ok=True)
    with tempfile.TemporaryFile("w+") as errors:
        # The connection stays in the background and keeps stderr open: reading a pipe would never end.
        command = [*command_line(host)[:-1], "-E", str(log), "-o", "LogLevel=INFO", "-fN", ALIAS]
        try:
            code = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                timeout=OPEN_LIMIT_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise host_keys.unreachable(host, f"no connection within {OPEN_LIMIT_S} s") from error
        if code != 0:
            errors.seek(0)
            raise failures.at_connecting(host, errors.read() + _logged(log))
    opened.add(config)


def _log(host: Host) -> Path:
    """What the shared connection's ssh process logs."""
    return write_config(host).with_name("mux.log")


def _logged(log: Path) -> str:
    return log.read_text(errors="replace") if log.exists() else ""


def run(
    host: Host,
    command: str,
    input: str | None = None,
    timeout_s: float | None = 60,
    waiting: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a shell command as the login user; the caller must check the exit code. `waiting` is called each
    second until the command ends. Raises ConnectError."""
    open_connection(host)
    process = _start(host, command)
    try:
        out, err = output.collect(process, (input or "").encode(), timeout_s, waiting)
    except subprocess.TimeoutExpired as error:
        raise ConnectError(
            f"no answer within {timeout_s:.0f} s to: {command[:200]}",
            where=host.address,
            hint="is it overloaded, or rebooting?",
        ) from error
    finally:
        _end(process)
    return _judged(host, command, process.returncode, out, err)


def upload(host: Host, command: str, first: str, file: IO[bytes]) -> subprocess.CompletedProcess[str]:
    """Run a command whose standard input is `first`, then the whole of `file`. Raises ConnectError."""
    open_connection(host)
    with tempfile.TemporaryFile() as errors:
        process = _start(host, command, errors)
        assert process.stdin is not None
        try:
            process.stdin.write(first.encode())
            shutil.copyfileobj(file, process.stdin, UPLOAD_PIECE_BYTES)
        except BrokenPipeError:
            pass  # the command ended early: its stderr says why
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        out = process.stdout.read() if process.stdout else b""
        process.wait()
        errors.seek(0)
        return _judged(host, command, process.returncode, out, errors.read())


def _start(host: Host, command: str, errors: IO[bytes] | int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    transcript.command(command)
    words = command_line(host, [command])
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the ssh process if it still runs, after an interrupt or a timeout."""
    if process.poll() is None:
        process.kill()
        process.wait()


def _judged(host: Host, command: str, code: int, out: bytes, err: bytes) -> subprocess.CompletedProcess[str]:
    said = err.decode(errors="replace")
    if code == SSH_FAILED and failures.says(said):
        raise failed(host, said)
    return subprocess.CompletedProcess(command, code, out.decode(errors="replace"), said)


def failed(host: Host, said: str = "") -> ConnectError:
    """The error after ssh has ended with SSH_FAILED; the next command opens the connection again."""
    invocation.current().connections.discard(write_config(host))
    return failures.afterwards(host, said)


@contextlib.contextmanager
def tunnel(host: Host, remote_port: int = API_PORT) -> Iterator[int]:
    """Forward a port on this computer's loopback to `remote_port` on the host's. Raises ConnectError."""
    port, said = 0, ""
    for _ in range(TUNNEL_TRIES):
        open_connection(host)
        port = _free_port()
        done = control(host, "forward", _forward(port, remote_port))
        if done.returncode == 0:
            break
        said = done.stderr.strip()
        invocation.current().connections.discard(write_config(host))  # it may have ended
    else:
        raise ConnectError(f"no tunnel to port {remote_port}: {said}", where=host.address)
    transcript.tunnel(port, remote_port)
    try:
        yield port
    finally:
        control(host, "cancel", _forward(port, remote_port))


def forbids_tunnel(host: Host, remote_port: int = API_PORT) -> bool:
    """Whether the ssh server forbids to forward to this port, which need not be open. Raises ConnectError.

    False if it is not known: the shared connection was opened by another program.
    """
    open_connection(host)
    log = _log(host)
    before = len(_logged(log))
    words = ["ssh", "-F", str(write_config(host)), "-W", f"127.0.0.1:{remote_port}", ALIAS]
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=FORWARD_LIMIT_S, check=False
        )
    return "administratively prohibited" in _logged(log)[before:]


def _forward(port: int, remote_port: int) -> list[str]:
    return ["-L", f"127.0.0.1:{port}:127.0.0.1:{remote_port}"]


def close(host: Host) -> None:
    """End the shared connection, if there is one."""
    control(host, "exit")
    invocation.current().connections.discard(write_config(host))


def is_open(host: Host) -> bool:
    """Whether the shared connection is there, by its ssh process."""
    return control(host, "check").returncode == 0


def control(host: Host, verb: str, options: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Send a control command (`ssh -O`) to the shared connection."""
    command = [*command_line(host)[:-1], "-O", verb, *options, ALIAS]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=CONTROL_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, SSH_FAILED, "", "the shared connection does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
