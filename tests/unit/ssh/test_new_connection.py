"""A new connection beside the shared one: a real sshd on the loopback, and what is none."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_singlenode.config import Host
from binder_singlenode.ssh import new_connection


def host(port: int) -> Host:
    return Host.model_validate({"address": "127.0.0.1", "ssh": {"port": port}})


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def sshd(tmp_path: Path, port: int) -> Iterator[int]:
    program = shutil.which("sshd", path="/usr/sbin:/sbin")
    if program is None:
        pytest.skip("needs sshd")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    options = [f"ListenAddress=127.0.0.1:{port}", "UsePAM=no", f"PidFile={tmp_path}/pid"]
    words = [word for option in options for word in ("-o", option)]
    server = subprocess.Popen(
        [program, "-D", "-e", "-f", "/dev/null", "-h", key, *words], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
    if server.poll() is not None:
        pytest.skip("no sshd starts here")
    yield port
    server.kill()
    server.wait()


def test_an_sshd_that_answers_is_enough(sshd: int) -> None:
    """Nobody logs in: its key is not known here, and no key of ours is offered."""
    assert new_connection.problem(host(sshd)) == ""


def test_nobody_listens(port: int) -> None:
    assert "refused" in new_connection.problem(host(port))


def test_packets_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose queue is full answers as little as a firewall that drops."""
    monkeypatch.setitem(new_connection.OPTIONS, "ConnectTimeout", "1")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        assert new_connection.problem(host(silent.getsockname()[1]))


def test_no_ssh_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "ssh" in new_connection.problem(host(22))
