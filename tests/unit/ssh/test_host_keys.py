"""First contact, trust, and a key that changed."""

import pytest

from binder_singlenode import ssh
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import config, host_keys


def test_first_contact_shows_the_key_and_logs_nobody_in(start) -> None:  # type: ignore[no-untyped-def]
    server = start()
    host = server.host()
    [key] = ssh.first_contact(host)
    public = (server.folder / "host_key.pub").read_text()
    assert key == host_keys.parse(public)
    assert key.fingerprint.startswith("SHA256:")
    assert not ssh.known(host)
    assert "Accepted" not in (server.folder / "log").read_text()


def test_an_unknown_host_is_refused(start) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConnectError, match="key is not known yet") as caught:
        ssh.run(start().host(), "true")
    assert caught.value.hint


def test_a_trusted_host_is_reached(trusted) -> None:  # type: ignore[no-untyped-def]
    assert ssh.known(trusted)
    assert ssh.run(trusted, "echo here").stdout == "here\n"


def test_a_changed_key_is_refused_and_both_are_shown(start) -> None:  # type: ignore[no-untyped-def]
    first = start()
    host = first.host()
    before = ssh.first_contact(host)
    ssh.trust(host, before)
    first.stop()
    second = start(port=first.port)
    with pytest.raises(ConnectError) as caught:
        ssh.run(host, "true")
    text = str(caught.value)
    assert before[0].fingerprint in text
    assert ssh.first_contact(second.host())[0].fingerprint in text
    assert "rm " in (caught.value.hint or "")


def test_keys_known_beforehand_are_enough(start) -> None:  # type: ignore[no-untyped-def]
    server = start()
    ssh.trust(server.host(), [(server.folder / "host_key.pub").read_text()])
    assert ssh.run(server.host(), "true").returncode == 0
    ssh.close(server.host())


def test_trust_replaces_and_keeps_the_file_private(start) -> None:  # type: ignore[no-untyped-def]
    server = start()
    host = server.host()
    other = (server.folder / "id.pub").read_text()
    ssh.trust(host, other)
    ssh.trust(host, (server.folder / "host_key.pub").read_text())
    assert len(host_keys.known_keys(host)) == 1
    path = config.known_hosts(host)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 nonsense", "ssh-rsa AAAAC3NzaC1lZDI1NTE5"])
def test_what_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(ConnectError, match="not a public host key"):
        host_keys.parse(line)


def test_nobody_there(start) -> None:  # type: ignore[no-untyped-def]
    server = start()
    server.stop()
    with pytest.raises(ConnectError, match=r"ssh cannot connect.*refused") as caught:
        ssh.first_contact(server.host())
    assert "ssh -v" in (caught.value.hint or "")
