"""The users' ssh_config changes no command and no output; the way to the host is taken over."""

import io
import socket
import sys
import threading
from pathlib import Path

import pytest

from binder_singlenode import config, ssh
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError

from ..servers.sshd import Server, Start

CHANGES_A_COMMAND = {
    "RemoteCommand": "RemoteCommand tmux new -A -s main\nRequestTTY force",
    "a subsystem": "SessionType subsystem\nRemoteCommand sftp",
    "no session": "SessionType none",
    "a terminal": "RequestTTY force\nEscapeChar none",
    "no input": "StdinNull yes",
    "the background": "ForkAfterAuthentication yes",
    "a local command": "PermitLocalCommand yes\nLocalCommand echo local; exit 7",
    "forwards that fail": "LocalForward 1 127.0.0.1:1\nRemoteForward 1 127.0.0.1:1\nDynamicForward 2\n"
    "ExitOnForwardFailure yes",
    "their own connection": "ControlMaster no\nControlPath none\nControlPersist no",
    "nothing is said": "LogLevel QUIET",
    "everything is said": "LogLevel DEBUG3\nVisualHostKey yes",
    "no questions": "BatchMode yes\nNumberOfPasswordPrompts 0",
    "their environment": "SendEnv *\nSetEnv LC_ALL=xx_XX.UTF-8 TERM=nonsense",
    "their agent and screen": "ForwardAgent yes\nForwardX11 yes\nForwardX11Trusted yes",
    "a tunnel device": "Tunnel point-to-point\nTunnelDevice any:any",
    "no forwards": "ClearAllForwardings yes",
    "other host keys": "StrictHostKeyChecking no\nKnownHostsCommand /bin/false\nHostKeyAlias other\n"
    "UserKnownHostsFile /dev/null\nUpdateHostKeys yes\nVerifyHostKeyDNS yes",
    "a key that the host file overrides": "PubkeyAuthentication no\nPreferredAuthentications password\n"
    "IdentityFile /nonexistent",
    "an unknown option": "IgnoreUnknown Nonsense\nNonsense yes",
    "Match exec": 'Match exec "test %r = {user}"\n  Compression yes\n  RemoteCommand htop',
    "an included file": "Include {folder}/included",
}


RELAY = """#!{python}
import os, socket, sys, threading
with open("{folder}/connected", "a") as file:
    print(*sys.argv[1:], file=file)
there = socket.create_connection((sys.argv[2], int(sys.argv[3])))
def pump(read, write):
    for data in iter(lambda: read(65536), b""):
        write(data)
threading.Thread(target=pump, args=(lambda n: os.read(0, n), there.sendall), daemon=True).start()
pump(there.recv, lambda data: os.write(1, data))
"""


def of(server: Server, text: str, name: str = "binder.example.org", key: bool = True) -> Host:
    """A host that only this ssh_config leads to."""
    folder = server.folder
    user = server.host().ssh.user
    (folder / "included").write_text("RemoteCommand included\nStdinNull yes\n")
    (folder / "users_config").write_text(
        f"Host {name}\n  HostName 127.0.0.1\n  Port {server.port}\n"
        + text.format(user=user, folder=folder, port=server.port)
        + "\n"
    )
    keyed = f", key: {server.key}" if key else ""
    text = f"address: {name}\nssh: {{user: {user}, config: {folder}/users_config{keyed}}}\n"
    return config.loads(f"apiVersion: binder/v1\n{text}", "host.yaml")


@pytest.mark.parametrize("text", CHANGES_A_COMMAND.values(), ids=CHANGES_A_COMMAND)
def test_a_command_and_its_output_stay_as_they_are(start: Start, text: str) -> None:
    host = of(start(), text)
    ssh.trust(host, ssh.first_contact(host))
    done = ssh.run(host, "cat; tty >&2; echo ${LC_ALL-unset}; exit 7", input="typed\n")
    sent = ssh.upload(host, "wc -c", "", io.BytesIO(b"x" * 100_000))
    with socket.create_server(("127.0.0.1", 0)) as there, ssh.tunnel(host, there.getsockname()[1]) as port:
        threading.Thread(target=lambda: there.accept()[0].sendall(b"API"), daemon=True).start()
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            through = client.recv(10)
    ssh.close(host)
    assert (done.stdout, done.stderr, done.returncode) == ("typed\nunset\n", "not a tty\n", 7)
    assert (sent.stdout.strip(), sent.stderr, through) == ("100000", "", b"API")


def test_the_way_and_the_authentication_are_taken_over(start: Start, tmp_path: Path) -> None:
    server = start(options="Ciphers aes256-ctr")
    key = tmp_path / "with blank"
    key.write_text(server.key.read_text())
    key.chmod(0o600)
    connect = tmp_path / "connect"
    connect.write_text(RELAY.format(python=sys.executable, folder=tmp_path))
    connect.chmod(0o755)
    host = of(
        server,
        f'Ciphers aes256-ctr\nIdentityFile "{key}"\nIdentitiesOnly yes\nProxyCommand {connect} %n %h %p %r',
        name="lab_1",
        key=False,
    )
    ssh.trust(host, ssh.first_contact(host))
    assert ssh.run(host, "echo here").stdout == "here\n"
    ssh.close(host)
    assert (tmp_path / "connected").read_text().splitlines()[-1] == (
        f"lab_1 127.0.0.1 {server.port} {host.ssh.user}"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('IdentityAgent "/a folder/agent.sock"', 'identityagent "/a folder/agent.sock"'),
        ('CertificateFile "/a folder/%n-cert.pub"', 'certificatefile "/a folder/lab-cert.pub"'),
        ("IdentityFile ~/.ssh/%h-%%n", "identityfile ~/.ssh/%h-%%n"),
        ("Match user bob\n  KexAlgorithms curve25519-sha256", "kexalgorithms curve25519-sha256"),
    ],
)
def test_names_and_files_are_written_so_that_ssh_reads_them(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "config").write_text(text + "\n")
    section = f"ssh: {{user: bob, config: {tmp_path}/config}}"
    host = config.loads(f"apiVersion: binder/v1\naddress: lab\n{section}\n", "host.yaml")
    assert f"    {line}\n" in ssh.write_config(host).read_text()


def test_without_ssh_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    host = config.loads("apiVersion: binder/v1\naddress: 192.0.2.1\n", "host.yaml")
    with pytest.raises(ConnectError, match="ssh is not installed on this computer") as caught:
        ssh.first_contact(host)
    assert "openssh-client" in (caught.value.hint or "")
