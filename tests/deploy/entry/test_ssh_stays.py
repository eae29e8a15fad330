"""The firewall rules never cut ssh, whatever the host's networks are: two namespaces and real packets."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode import config
from binder_singlenode.deploy.steps import firewall
from binder_singlenode.layout import paths
from binder_singlenode.ssh import new_connection

from . import network_bed
from .network_bed import Namespace, dial

PROBLEM = new_connection.problem
"""Itself: the other tests here have a stand-in for it."""


class Line:
    """A host with an address, its operator on the other end of the cable, and an echo on the host's port."""

    def __init__(self, host_address: str, operator: str, port: int) -> None:
        self.address, self.port = host_address, port
        self.host, self.operator = Namespace(), Namespace()
        self.host.cable("eth0", self.operator, "eth0")
        self.host.run(f"ip addr add {host_address}/8 dev eth0")
        self.operator.run(f"ip addr add {operator}/8 dev eth0")
        self._server = self.host.socket()
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._server.bind(("0.0.0.0", port))
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=_echo, args=(connection,), daemon=True).start()

    def connect(self) -> socket.socket:
        made = dial(self.operator, self.address, self.port)
        made.settimeout(3)
        return made

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.host.close()
        self.operator.close()


def _echo(connection: socket.socket) -> None:
    with closing(connection):
        while received := connection.recv(100):
            connection.sendall(received)


def echoes(connection: socket.socket) -> bool:
    connection.sendall(b"hello")
    return connection.recv(100) == b"hello"


@pytest.fixture
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    network_bed.needs("ip", "nft")
    made = Line(*request.param)
    yield made
    made.close()


def rules(make: Any, folder: Path, more: str = "") -> str:
    wanted = firewall.files(make(folder, f"address: lab.example.org\n{more}"))
    (text,) = [file.content for file in wanted if file.path == paths.FIREWALL_RULES]
    return str(text)


@pytest.mark.parametrize(
    "line",
    [
        ("10.43.7.20", "10.43.9.9", 22),
        ("10.42.0.10", "10.99.1.1", 22),
        ("10.42.0.10", "10.42.0.11", 22),
        ("10.99.1.1", "10.43.9.9", 22),
        ("10.99.1.1", "10.42.9.9", 22),
        ("10.43.7.20", "10.42.9.9", 22),
        ("10.43.7.20", "10.43.9.9", 2222),
    ],
    indirect=True,
    ids=str,
)
def test_ssh_stays_open(line: Line, make: Any, tmp_path: Path) -> None:
    before = line.connect()
    assert echoes(before)
    line.host.run("nft -f -", rules(make, tmp_path, f"ssh: {{port: {line.port}}}\n"))
    assert echoes(before), "the connection that `up` came over"
    with line.connect() as again:
        assert echoes(again), "a new one"
    before.close()


@pytest.mark.parametrize("line", [("10.99.1.1", "10.43.9.9", 22)], indirect=True, ids=str)
def test_the_proof_sees_what_a_new_connection_would(
    line: Line, make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real sshd and the operator's ssh: open with our rules, closed by another's."""
    monkeypatch.setitem(new_connection.OPTIONS, "ConnectTimeout", "2")
    program = shutil.which("sshd", path="/usr/sbin:/sbin")
    if program is None:
        pytest.skip("needs sshd")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    command = [program, "-D", "-f", "/dev/null", "-h", str(tmp_path / "key"), "-p", "2222"]
    with line.host.entered():
        sshd = subprocess.Popen([*command, "-o", f"PidFile={tmp_path}/pid", "-o", "UsePAM=no"])
    host = config.loads(f"address: {line.address}\nssh: {{port: 2222}}\n", "host.yaml")
    try:
        line.host.run("nft -f -", rules(make, tmp_path, "ssh: {port: 2222}\n"))
        with line.operator.entered():
            deadline = time.monotonic() + 10
            while PROBLEM(host) and time.monotonic() < deadline:
                time.sleep(0.1)  # it starts
            assert PROBLEM(host) == ""
        line.host.run(
            "nft 'add table inet x; add chain inet x c { type filter hook input priority 0; policy drop; }'"
        )
        with line.operator.entered():
            assert "timed out" in PROBLEM(host).lower()
    finally:
        sshd.kill()
        sshd.wait()
