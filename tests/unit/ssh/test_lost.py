"""A host that goes away in the middle: the error says that the connection was lost, and what to do."""

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode import config, ssh
from binder_singlenode.base import invocation
from binder_singlenode.config import Host
from binder_singlenode.errors import ClusterError, ConnectError, LostConnection
from binder_singlenode.ssh import failures, stream
from binder_singlenode.ssh.session import Session

from ..servers.sshd import Server, Start

LIMIT_S = 60


class Endless(io.RawIOBase):
    """A file that has no end."""

    def read(self, size: int = -1) -> bytes:
        return b"x" * max(size, 1)


def by_run(host: Host, command: str) -> None:
    ssh.run(host, command, timeout_s=LIMIT_S)


def by_upload(host: Host, command: str) -> None:
    ssh.upload(host, f"{command} >/dev/null; cat > /dev/null", "", Endless())


def by_stream(host: Host, command: str) -> None:
    stream.stream(host, command, "", lambda line: None)


def cut_when(server: Server, path: Path) -> threading.Thread:
    """Cut the connections as soon as this file is there."""

    def wait() -> None:
        limit = time.monotonic() + LIMIT_S
        while not path.exists() and time.monotonic() < limit:
            time.sleep(0.02)
        server.cut()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.fixture
def server(start: Start) -> Server:
    started = start()
    ssh.trust(started.host(), ssh.first_contact(started.host()))
    return started


@pytest.mark.parametrize("way", [by_run, by_upload, by_stream])
def test_a_host_that_goes_away_in_the_middle(
    server: Server, tmp_path: Path, way: Callable[[Host, str], None]
) -> None:
    host, mark = server.host(), tmp_path / "runs"
    endless = "cat" if way is by_upload else "exec tail -f /dev/null"
    thread = cut_when(server, mark)
    with pytest.raises(LostConnection, match="lost the connection to 127") as caught:
        way(host, f"touch {mark}; {endless}")
    thread.join()
    assert caught.value.hint == "the host may be rebooting; run the same command again"
    assert ssh.run(host, "echo again").stdout == "again\n"
    ssh.close(host)


def test_a_host_that_is_gone_between_two_commands(server: Server) -> None:
    host = server.host()
    ssh.run(host, "true")
    server.cut()
    server.stop()
    with pytest.raises(LostConnection, match="lost the connection to 127"):
        ssh.run(host, "true")
    with pytest.raises(ConnectError, match="ssh cannot connect"):
        ssh.run(host, "true")


def test_a_tunnel_opens_the_connection_again(server: Server) -> None:
    host = server.host()
    ssh.run(host, "true")
    server.cut()
    with ssh.tunnel(host, server.port) as port:
        assert port > 0
    ssh.close(host)


@pytest.mark.parametrize(
    ("gone", "options", "kind", "message"),
    [
        (True, "", LostConnection, "lost the connection"),
        (False, "AllowTcpForwarding no", ConnectError, "may not forward to 127"),
        (False, "", ClusterError, "no answer from the API server"),
    ],
)
def test_no_answer_through_a_tunnel_is_blamed_on_what_caused_it(
    start: Start, gone: bool, options: str, kind: type[Exception], message: str
) -> None:
    server = start(options=options)
    host = server.host()
    ssh.trust(host, ssh.first_contact(host))
    with pytest.raises(kind, match=message), Session(host).tunnel():
        if gone:
            server.cut()
            limit = time.monotonic() + LIMIT_S
            while ssh.is_open(host) and time.monotonic() < limit:
                time.sleep(0.02)
        raise ClusterError("listing: no answer from the API server")
    ssh.close(host)


HOST = config.loads("apiVersion: binder/v1\naddress: 192.0.2.1\n", "host.yaml")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "client_loop: send disconnect: Broken pipe",
        "Connection to 192.0.2.1 closed by remote host.",
        "Shared connection to 192.0.2.1 closed.",
        "Timeout, server 192.0.2.1 not responding.",
        "Read from remote host 192.0.2.1: Connection reset by peer",
        "mux_client_request_session: read from master failed: Broken pipe",
        "kex_exchange_identification: read: Connection reset by peer",
        "ssh: connect to host 192.0.2.1 port 22: No route to host",
        "Connection closed by 192.0.2.1 port 22",
        "ssh_dispatch_run_fatal: Connection to 192.0.2.1 port 22: message authentication code incorrect",
    ],
)
def test_what_ssh_says_of_a_lost_connection(said: str) -> None:
    assert failures.says(said)
    error = failures.afterwards(HOST, said)
    assert isinstance(error, LostConnection)
    assert said in str(error)


@pytest.mark.parametrize("said", ["no", "curl: (7) Failed to connect", "mysql: connection refused"])
def test_exit_code_255_of_a_command_is_its_own(said: str) -> None:
    assert not failures.says(said)


def test_the_error_names_what_was_being_done_and_the_command_to_run_again() -> None:
    with invocation.begun(["up", "lab"]):
        error = failures.lost(HOST, "Broken pipe").during("k3s: start k3s")
    assert str(error) == "lost the connection to 192.0.2.1 while k3s: start k3s (Broken pipe)"
    assert (error.hint or "").endswith("run the same command again: binder-singlenode up lab")


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ("ops@h: Permission denied (publickey).", "refuses none of your keys", "set ssh.user or ssh.key"),
        (
            "ops@h: Permission denied (keyboard-interactive).",
            "the host wants more than a key of root (keyboard-interactive: a password or a code)",
            "from a terminal",
        ),
        ("mux_client_request_session: Session open refused by peer", "MaxSessions", "MaxSessions 10"),
    ],
)
def test_refusals_are_named(said: str, message: str, hint: str) -> None:
    error = failures.afterwards(HOST, said)
    assert message in str(error)
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            "Your account has expired; please contact your system administrator.\nConnection closed by h",
            "the account root is closed for logins",
        ),
        (
            '"System is booting up. Unprivileged users are not permitted to log in yet. Please come back'
            ' later. For technical details, see pam_nologin(8)."\nConnection closed by h port 22',
            "the host lets nobody log in at the moment",
        ),
        ("kex_exchange_identification: Connection closed by remote host", "ends the connection at once"),
        ("ssh: connect to host h port 22: Connection refused", "ssh cannot connect: ssh: connect to host"),
    ],
)
def test_what_a_server_says_before_the_login(said: str, message: str) -> None:
    error = failures.at_connecting(HOST, said)
    assert message in str(error)
    assert error.hint


@pytest.mark.parametrize("options", ["MaxSessions 1", "MaxStartups 1"])
def test_a_server_that_allows_one_at_a_time(start: Start, options: str) -> None:
    """A second command at the same time gets a connection of its own."""
    server = start(options=options)
    host = server.host()
    ssh.trust(host, ssh.first_contact(host))
    inner: list[str] = []

    def waiting() -> None:
        if not inner:
            inner.append(ssh.run(host, "echo second").stdout)

    done = ssh.run(host, "sleep 2; echo first", waiting=waiting)
    ssh.close(host)
    assert (done.stdout, inner) == ("first\n", ["second\n"])


def test_a_server_that_allows_no_commands(start: Start) -> None:
    server = start(options="MaxSessions 0")
    host = server.host()
    ssh.trust(host, ssh.first_contact(host))
    with pytest.raises(ConnectError, match="MaxSessions"):
        ssh.run(host, "true")
    ssh.close(host)
