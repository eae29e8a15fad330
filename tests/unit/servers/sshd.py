"""A real sshd on the loopback, with its own keys, port and configuration; nothing of the system's is used."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from binder_singlenode import config, ssh
from binder_singlenode.config import Host

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
READY_LIMIT_S = 60


@dataclass
class Server:
    """One running sshd."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def key(self) -> Path:
        return self.folder / "id"

    def host(self, more: str = "", section: str = "") -> Host:
        """A host file for it."""
        user = f"user: {_me()}, " if _me() != "root" else ""
        ssh_part = f"ssh: {{{user}port: {self.port}, key: {self.key}{section}}}"
        return config.loads(f"apiVersion: binder/v1\naddress: 127.0.0.1\n{ssh_part}\n{more}", "host.yaml")

    def cut(self) -> None:
        """End all connections, as a host does that goes away; the server stays."""
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parent = status.read_text().rpartition(")")[2].split()[1]
                if int(parent) == self.process.pid:
                    os.kill(int(status.parent.name), signal.SIGKILL)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def _me() -> str:
    import getpass

    return getpass.getuser()


def make_key(path: Path, kind: str = "ed25519") -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path)], check=True)
    return path.with_suffix(".pub").read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start an sshd; several side by side."""
    if not Path(SSHD).exists():
        pytest.skip("needs sshd: apt-get install openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd, as root, separates its privileges
    running: list[Server] = []

    def run(port: int | None = None, options: str = "") -> Server:
        folder = tmp_path / f"sshd{len(running)}"
        folder.mkdir()
        make_key(folder / "host_key")
        (folder / "authorized_keys").write_text(make_key(folder / "id"))
        number = port or free_port()
        (folder / "sshd_config").write_text(
            f"Port {number}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\n"
            f"AuthorizedKeysFile {folder}/authorized_keys\nPidFile none\nUsePAM no\nStrictModes no\n"
            f"PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n{options}\n"
        )
        command = [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stderr=log)
        running.append(Server(folder, number, process))
        _wait(running[-1])
        return running[-1]

    yield run
    for server in running:
        server.stop()


def _wait(server: Server) -> None:
    end = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < end and server.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"sshd did not start: {(server.folder / 'log').read_text()}")


@pytest.fixture
def trusted(start: Start) -> Iterator[Host]:
    """A host whose key is known, as after the first contact."""
    host = start().host()
    ssh.trust(host, ssh.first_contact(host))
    yield host
    ssh.close(host)
