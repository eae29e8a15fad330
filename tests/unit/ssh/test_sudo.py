"""sudo: its own words decide, and the password goes to sudo alone, never onto a command line."""

import subprocess
from pathlib import Path

import pytest

from binder_singlenode import config, ssh
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import contact, login, sudo
from binder_singlenode.ssh.login import Asking

SUDO = """#!/bin/sh
# Behaves as sudo with -n, or with -k -S -p PROMPT: reads one line, compares, runs.
[ -z "$WARNS" ] || echo "$WARNS" >&2
if [ "$1" = -n ]; then
    [ -z "$REFUSES" ] || { echo "$REFUSES" >&2; exit 1; }
    shift 2
    AS_ROOT=1 exec "$@"
fi
[ "$1 $2 $3" = "-k -S -p" ] || { echo "unexpected: $*" >&2; exit 9; }
printf %s "$4" | sed "s/%p/${OWNER:-debian}/" >&2
IFS= read -r password
[ "$password" = "pass word" ] || { echo >&2; echo "sudo: 1 incorrect password attempt" >&2; exit 1; }
[ -z "$DENIES" ] || { echo "$DENIES" >&2; exit 1; }
shift 5
AS_ROOT=1 exec "$@"
"""
ID = '#!/bin/sh\n[ -n "$AS_ROOT" ] && echo 0 || echo 1000\n'
A_PASSWORD = "sudo: a password is required"


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host whose user is not root; its commands run here, with a sudo of ours."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder / "sudo", SUDO)
    program(folder / "id", ID)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def run(
        host: Host, command: str, input: str | None = None, **_: object
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "-c", command], input=input or "", capture_output=True, text=True, check=False
        )

    monkeypatch.setattr(ssh, "run", run)
    monkeypatch.setattr(ssh, "known", lambda host: True)
    return config.loads("apiVersion: binder/v1\naddress: 192.0.2.1\nssh: {user: debian}\n", "h.yaml")


class Typist:
    """Types one password, and remembers how often it was asked."""

    def __init__(self, password: str | None) -> None:
        self.password = password
        self.prompts: list[str] = []

    @property
    def asking(self) -> Asking:
        def password(prompt: str) -> str | None:
            self.prompts.append(prompt)
            return self.password

        return Asking(lambda question: True, password)


def test_root_needs_no_sudo() -> None:
    root = config.loads("apiVersion: binder/v1\naddress: 192.0.2.1\n", "h.yaml")
    command, first = sudo.as_root(root, "id")
    assert "sudo" not in command
    assert first == ""


@pytest.mark.parametrize("warning", ["", "sudo: unable to resolve host lab: Name or service not known"])
def test_no_password_is_asked_for_or_sent_without_need(
    debian: Host, monkeypatch: pytest.MonkeyPatch, warning: str
) -> None:
    monkeypatch.setenv("WARNS", warning)
    person = Typist("pass word")
    session = login.open_access(debian, person.asking)
    assert (session.sudo_password, person.prompts) == (None, [])
    assert session.as_root("id -u").stdout == "0\n"


@pytest.mark.parametrize(
    "words",
    [
        A_PASSWORD,
        "sudo: interactive authentication is required",
        "sudo: a terminal is required to read the password; either use the -S option to read from standard"
        " input or configure an askpass helper\nsudo: a password is required",
    ],
)
def test_the_right_password(debian: Host, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setenv("REFUSES", words)
    monkeypatch.setenv("WARNS", "sudo: unable to resolve host lab: Name or service not known")
    person = Typist("pass word")
    session = login.open_access(debian, person.asking)
    assert session.sudo_password == "pass word"
    assert person.prompts == ["sudo password of debian on 192.0.2.1"]
    assert "pass word" not in session.root_command("cat")[0]
    assert session.as_root("cat", "only this\n").stdout == "only this\n"


USELESS = {
    "requiretty": (
        "sudo: sorry, you must have a tty to run sudo",
        "sudo wants a terminal (requiretty in sudoers), and commands over ssh have none",
        "Defaults:debian !requiretty",
    ),
    "not in sudoers": (
        "debian is not in the sudoers file.\nThis incident has been reported to the administrator.",
        "user debian may not use sudo",
        "debian ALL=(ALL:ALL) ALL",
    ),
    "may not run": (
        "Sorry, user debian may not run sudo on lab.",
        "user debian may not use sudo",
        "adduser debian",
    ),
    "sudo-rs": (
        "sudo: I'm sorry debian. I'm afraid I can't do that",
        "user debian may not use sudo",
        "sudoers.d",
    ),
    "some commands": (
        "Sorry, user debian is not allowed to execute '/usr/bin/sh -c id -u' as root on lab.",
        "user debian may use sudo for some commands only",
        "every command must be allowed",
    ),
    "expired": (
        "sudo: Account or password is expired, reset your password and try again",
        "the account or the password of debian has expired",
        "chage -l debian",
    ),
    "locked": ("sudo: account validation failure, is your account locked?", "expired or is locked", "chage"),
    "no setuid bit": (
        "sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set",
        "sudo on the host does not work\n  sudo: /usr/bin/sudo must be owned",
        "visudo -c",
    ),
    "a broken sudoers": (
        "/etc/sudoers:3:9: syntax error\nsudo: no valid sudoers sources found, quitting",
        "sudo on the host does not work",
        "visudo -c",
    ),
    "words never seen": ("sudo: the moon is full", "sudo refuses: sudo: the moon is full", "sudo -v"),
    "a wrapper around doas": ("doas: illegal option -- S", "sudo refuses: doas: illegal option", "sudo -v"),
}


@pytest.mark.parametrize(("words", "message", "hint"), USELESS.values(), ids=USELESS)
def test_no_password_is_asked_for_that_cannot_help(
    debian: Host, monkeypatch: pytest.MonkeyPatch, words: str, message: str, hint: str
) -> None:
    monkeypatch.setenv("REFUSES", words)
    person = Typist("pass word")
    with pytest.raises(ConnectError) as caught:
        login.open_access(debian, person.asking)
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert person.prompts == []


@pytest.mark.parametrize("kind", ["not in sudoers", "some commands", "expired", "requiretty"])
def test_what_sudo_says_after_the_right_password(
    debian: Host, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    words, message, hint = USELESS[kind]
    monkeypatch.setenv("REFUSES", A_PASSWORD)
    monkeypatch.setenv("DENIES", words)
    with pytest.raises(ConnectError) as caught:
        login.open_access(debian, Typist("pass word").asking)
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")


def test_a_wrong_password(debian: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUSES", A_PASSWORD)
    with pytest.raises(ConnectError, match="sudo refuses: sudo: 1 incorrect password attempt") as caught:
        login.open_access(debian, Typist("wrong").asking)
    assert caught.value.hint == "type the password of debian"


def test_one_broken_file_in_sudoers_d_forbids_nothing(debian: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUSES", f"/etc/sudoers.d/x:1:10: syntax error\nops ALL=(\n         ^\n{A_PASSWORD}")
    assert login.open_access(debian, Typist("pass word").asking).sudo_password == "pass word"


def test_sudo_to_another_user_than_root(debian: Host, tmp_path: Path) -> None:
    """Defaults runas_default=daemon."""
    program(tmp_path / "bin" / "id", '#!/bin/sh\n[ -n "$AS_ROOT" ] && echo 1 || echo 1000\n')
    with pytest.raises(ConnectError, match="as the user with id 1, not as root"):
        login.open_access(debian, Typist("pass word").asking)


def test_another_users_password_is_wanted(debian: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Defaults rootpw or targetpw."""
    monkeypatch.setenv("REFUSES", A_PASSWORD)
    monkeypatch.setenv("OWNER", "root")
    with pytest.raises(ConnectError, match="sudo wants the password of root, not of debian") as caught:
        login.open_access(debian, Typist("wrong").asking)
    assert "type the password of root" in (caught.value.hint or "")


def test_no_password_where_one_is_needed(debian: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUSES", A_PASSWORD)
    with pytest.raises(ConnectError, match="asks for the password of debian") as caught:
        login.open_access(debian, Typist(None).asking)
    assert "terminal" in (caught.value.hint or "")


@pytest.mark.parametrize(("doas", "message"), [(False, "there is no sudo"), (True, "no sudo; doas is there")])
def test_no_sudo_at_all(
    debian: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, doas: bool, message: str
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    program(folder / "id", ID)
    if doas:
        program(folder / "doas", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(ConnectError, match=message):
        login.open_access(debian, Typist("pass word").asking)
    assert contact.NO_SUDO in contact.made(debian).sudo
