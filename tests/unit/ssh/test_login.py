"""Getting onto a host as a person would, through a real sshd: first contact, jump hosts, an agent's keys."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_singlenode import config, ssh
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import contact, host_keys, login, sudo
from binder_singlenode.ssh.login import Asking
from binder_singlenode.ssh.login_shell import LoginShell

AGENT_LIMIT_S = 30


class Person:
    """Answers, and remembers the questions."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.questions: list[str] = []
        self.prompts: list[str] = []

    @property
    def asking(self) -> Asking:
        return Asking(self._confirm, self._password)

    def _confirm(self, question: str) -> bool:
        self.questions.append(question)
        return self.answer

    def _password(self, prompt: str) -> str:
        self.prompts.append(prompt)
        return "pass word"


@pytest.fixture(autouse=True)
def no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests: what their own sudo wants is another matter."""
    monkeypatch.setattr(sudo, "needs_password", lambda host, words: False)


def test_first_contact_shows_the_fingerprint_and_asks_once(start) -> None:  # type: ignore[no-untyped-def]
    server, person = start(), Person(True)
    host = server.host()
    key = host_keys.parse((server.folder / "host_key.pub").read_text())
    assert login.open_access(host, person.asking).sudo_password is None
    assert person.questions == [
        f"First contact with 127.0.0.1:{server.port}. Its host key:\n  {key}\nIs that the one?"
    ]
    assert key.fingerprint in person.questions[0]
    assert ssh.run(host, "echo here").stdout == "here\n"
    login.open_access(host, person.asking)
    ssh.close(host)
    assert (len(person.questions), person.prompts) == (1, [])


def test_a_no_logs_nobody_in_and_trusts_nothing(start) -> None:  # type: ignore[no-untyped-def]
    server = start()
    with pytest.raises(ConnectError, match="the host key was not accepted") as caught:
        login.open_access(server.host(), Person(False).asking)
    assert "--trust-host-key" in (caught.value.hint or "")
    assert host_keys.parse((server.folder / "host_key.pub").read_text()).fingerprint in str(caught.value)
    assert not ssh.known(server.host())
    assert "Accepted" not in (server.folder / "log").read_text()


def test_without_a_terminal_the_key_is_shown_and_how_to_accept_it(start) -> None:  # type: ignore[no-untyped-def]
    server = start()
    nobody = Asking(lambda question: False, lambda prompt: None, terminal=False)
    with pytest.raises(ConnectError, match="there is no terminal to ask on") as caught:
        login.open_access(server.host(), nobody)
    assert host_keys.parse((server.folder / "host_key.pub").read_text()).fingerprint in str(caught.value)
    assert "--trust-host-key" in (caught.value.hint or "")


def test_the_sudo_password_is_asked_for_once(start, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sudo, "needs_password", lambda host, words: True)
    monkeypatch.setattr(sudo, "checked_password", lambda host, typed, shell: typed)
    person = Person(True)
    server = start()
    host = server.host()
    ssh.trust(host, ssh.first_contact(host))
    host = host.model_copy(update={"ssh": host.ssh.model_copy(update={"user": "ops"})})
    monkeypatch.setattr(contact, "made", lambda host: contact.Contact(LoginShell(), "1000"))
    assert login.open_access(host, person.asking).sudo_password == "pass word"
    assert person.prompts == [f"sudo password of {host.ssh.user} on 127.0.0.1"]


def test_the_jump_host_of_the_host_file(start, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    jump, target, people = start(), start(), tmp_path / "people_config"
    people.write_text(
        f"Host 127.0.0.1\n  IdentityFile {jump.key}\n"
        f"  UserKnownHostsFile {tmp_path}/people_known\n  StrictHostKeyChecking accept-new\n"
    )
    user = jump.host().ssh.user
    host = target.host(section=f", config: {people}, jump: '{user}@127.0.0.1:{jump.port}'")
    login.open_access(host, Person(True).asking)
    assert ssh.run(host, "echo through").stdout == "through\n"
    ssh.close(host)
    # first contact logs in at the jump host alone
    assert [(each.folder / "log").read_text().count("Accepted publickey") for each in (jump, target)] == [
        2,
        1,
    ]


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An agent of the test's own, without keys."""
    socket = tmp_path / "agent"
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    limit = time.monotonic() + AGENT_LIMIT_S
    while not socket.exists():
        assert process.poll() is None and time.monotonic() < limit, "the agent did not start"
        time.sleep(0.02)
    yield
    process.terminate()
    process.wait(10)


def test_a_key_that_only_an_agent_has(start, agent: None) -> None:  # type: ignore[no-untyped-def]
    server = start()
    user = server.host().ssh.user
    subprocess.run(["ssh-add", "-q", str(server.key)], check=True, capture_output=True)
    server.key.unlink()
    host = config.loads(
        f"apiVersion: binder/v1\naddress: 127.0.0.1\nssh: {{user: {user}, port: {server.port}}}\n",
        "host.yaml",
    )
    login.open_access(host, Person(True).asking)
    assert ssh.run(host, "echo agreed").stdout == "agreed\n"
    ssh.close(host)


def test_a_mistyped_address_leaves_no_host_file(start, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    server = start()
    host = config.planned(f"ops@127.0.0.1:{server.port}", tmp_path / "inventories")
    server.stop()
    with pytest.raises(ConnectError, match="ssh cannot connect"):
        login.open_access(host, Person(True).asking)
    assert not (tmp_path / "inventories").exists()


def test_the_host_file_is_written_at_the_first_contact_and_named(  # type: ignore[no-untyped-def]
    start, tmp_path: Path, agent: None
) -> None:
    server, lines = start(), []
    subprocess.run(["ssh-add", "-q", str(server.key)], check=True, capture_output=True)
    host = config.planned(f"{server.host().ssh.user}@127.0.0.1:{server.port}", tmp_path / "inventories")
    asking = Asking(lambda question: True, lambda prompt: None, say=lines.append)
    login.open_access(host, asking)
    login.open_access(host, asking)
    ssh.close(host)
    assert lines == [f"new host file: {host.file}"]
    assert host.file is not None
    assert config.load(host.file) == host
