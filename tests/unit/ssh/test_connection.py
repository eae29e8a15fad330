"""Commands, uploads, the tunnel, and what people have in their ssh_config, through a real sshd."""

import io
import socket
import threading
from pathlib import Path

import pytest

from binder_singlenode import ssh
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import config, connection


def test_output_exit_code_and_input(trusted) -> None:  # type: ignore[no-untyped-def]
    done = ssh.run(trusted, "cat; echo err >&2; exit 7", input="text ü\n")
    assert (done.stdout, done.stderr, done.returncode) == ("text ü\n", "err\n", 7)


def test_much_stderr_does_not_hang(trusted) -> None:  # type: ignore[no-untyped-def]
    done = ssh.run(trusted, "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo end")
    assert done.stdout == "end\n"
    assert len(done.stderr) == 3_000_000


def test_a_command_that_takes_too_long_is_given_up(trusted) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConnectError, match="no answer within 1 s"):
        ssh.run(trusted, "exec tail -f /dev/null", timeout_s=1)


def test_exit_code_255_of_a_command_is_no_ssh_failure(trusted) -> None:  # type: ignore[no-untyped-def]
    assert ssh.run(trusted, "echo no >&2; exit 255").returncode == 255


def test_a_connection_that_ends_without_a_word_is_lost(trusted) -> None:  # type: ignore[no-untyped-def]
    """As when the host reboots: ssh ends with 255 and says nothing."""
    with pytest.raises(ConnectError, match="lost the connection to 127") as caught:
        ssh.run(trusted, "exit 255")
    assert caught.value.hint == "the host may be rebooting; run the same command again"


def test_upload_streams_what_is_there(trusted, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = bytes(range(256)) * 4000
    target = tmp_path / "uploaded"
    done = ssh.upload(trusted, f"read -r first; umask 077; cat > {target}", "secret\n", io.BytesIO(data))
    assert done.returncode == 0
    assert target.read_bytes() == data
    assert target.stat().st_mode & 0o777 == 0o600


def test_upload_to_a_command_that_ends_early_says_why(trusted) -> None:  # type: ignore[no-untyped-def]
    done = ssh.upload(trusted, "echo no space left >&2; exit 1", "", io.BytesIO(b"x" * 10_000_000))
    assert (done.returncode, done.stderr) == (1, "no space left\n")


def test_all_commands_share_one_connection(start) -> None:  # type: ignore[no-untyped-def]
    server = start()
    host = server.host()
    ssh.trust(host, ssh.first_contact(host))
    for _ in range(3):
        ssh.run(host, "true")
    ssh.close(host)
    assert (server.folder / "log").read_text().count("Accepted publickey") == 1


def test_a_connection_that_was_lost_is_opened_again(trusted) -> None:  # type: ignore[no-untyped-def]
    ssh.run(trusted, "true")
    connection.control(trusted, "exit")
    assert ssh.run(trusted, "echo again").stdout == "again\n"


def test_the_tunnel_leads_to_the_hosts_own_port_and_ends(trusted) -> None:  # type: ignore[no-untyped-def]
    with socket.create_server(("127.0.0.1", 0)) as server:
        remote = server.getsockname()[1]
        answer = threading.Thread(target=lambda: server.accept()[0].sendall(b"the API"), daemon=True)
        answer.start()
        with (
            ssh.tunnel(trusted, remote) as port,
            socket.create_connection(("127.0.0.1", port), 10) as client,
        ):
            assert client.recv(20) == b"the API"
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), 1)


def test_a_refused_key_names_it(start) -> None:  # type: ignore[no-untyped-def]
    server = start()
    host = server.host()
    ssh.trust(host, ssh.first_contact(host))
    (server.folder / "authorized_keys").write_text("")
    with pytest.raises(ConnectError, match="refuses the key") as caught:
        ssh.run(host, "true")
    assert str(server.key) in str(caught.value)


def test_a_jump_host_is_used(start, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    jump, target = start(), start()
    user = jump.host().ssh.user
    people = tmp_path / "people_config"
    people.write_text(
        f"Host jumper\n  HostName 127.0.0.1\n  Port {jump.port}\n  User {user}\n  IdentityFile {jump.key}\n"
        f"  UserKnownHostsFile {tmp_path}/people_known\n  StrictHostKeyChecking accept-new\n"
        f"Host inner\n  HostName 127.0.0.1\n  Port {target.port}\n  ProxyJump jumper\n"
        f"  IdentityFile {target.key}\n"
    )
    from binder_singlenode import config

    host = config.loads(
        f"apiVersion: binder/v1\naddress: inner\nssh: {{user: {user}, config: {people}}}\n", "host.yaml"
    )
    ssh.trust(host, ssh.first_contact(host))
    assert ssh.run(host, "echo through").stdout == "through\n"
    ssh.close(host)
    assert "Accepted publickey" in (jump.folder / "log").read_text()


def test_the_config_is_private_and_checks_strictly(trusted) -> None:  # type: ignore[no-untyped-def]
    path = ssh.write_config(trusted)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    text = path.read_text()
    assert f"Host {config.ALIAS}\n" in text
    assert "StrictHostKeyChecking yes" in text
    assert "hostkeyalgorithms" not in text  # naming ssh's default order would change it


def test_a_long_state_folder_gets_a_short_socket(  # type: ignore[no-untyped-def]
    start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = start().host()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / ("long" * 30)))
    ssh.trust(host, ssh.first_contact(host))
    assert ssh.run(host, "echo ok").stdout == "ok\n"
    ssh.close(host)


def test_a_broken_users_config_is_named(tmp_path: Path) -> None:
    from binder_singlenode import config

    broken = tmp_path / "config"
    broken.write_text("Nonsense yes\n")
    host = config.loads(f"apiVersion: binder/v1\naddress: 192.0.2.1\nssh: {{config: {broken}}}\n", "h.yaml")
    with pytest.raises(ConnectError, match="cannot use its configuration") as caught:
        ssh.write_config(host)
    assert caught.value.where == str(broken)


@pytest.mark.parametrize(
    ("options", "forbidden"),
    [
        ("", False),
        ("AllowTcpForwarding local", False),
        ("AllowStreamLocalForwarding no\nPermitTTY no\nX11Forwarding no", False),
        ("PermitOpen 127.0.0.1:6443", False),
        ("AllowTcpForwarding no", True),
        ("AllowTcpForwarding remote", True),
        ("DisableForwarding yes", True),
        ("PermitOpen 127.0.0.1:5432", True),
    ],
)
@pytest.mark.parametrize("listens", [False, True])
def test_a_server_that_forbids_the_tunnel_is_found_before_anything_listens(  # type: ignore[no-untyped-def]
    start, options: str, forbidden: bool, listens: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        port = there.getsockname()[1]
        if not listens:
            there.close()
        host = start(options=options.replace("6443", str(port))).host()
        ssh.trust(host, ssh.first_contact(host))
        threading.Thread(target=lambda: listens and there.accept()[0].close(), daemon=True).start()
        assert ssh.forbids_tunnel(host, port) == forbidden
    ssh.close(host)


def test_a_key_that_may_not_forward_is_found(start) -> None:  # type: ignore[no-untyped-def]
    server = start()
    keys = server.folder / "authorized_keys"
    keys.write_text(f"restrict {keys.read_text()}")
    ssh.trust(server.host(), ssh.first_contact(server.host()))
    assert ssh.run(server.host(), "echo runs").stdout == "runs\n"
    assert ssh.forbids_tunnel(server.host())
    ssh.close(server.host())
