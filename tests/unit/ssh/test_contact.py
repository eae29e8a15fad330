"""What the server and the login do to a command is found at the first contact, through a real sshd."""

import io
import shutil
from pathlib import Path

import pytest

from binder_singlenode import ssh
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.health.checks import remote
from binder_singlenode.ssh import contact, login, stream, sudo
from binder_singlenode.ssh.login import Asking
from binder_singlenode.ssh.session import Session

from ..servers.sshd import Start

ASKING = Asking(confirm=lambda question: True, password=lambda prompt: None)
RUN = 'exec sh -c "$SSH_ORIGINAL_COMMAND"'
HARD = "cat; printf 'a\\\\b!%s\\n' \"it's\" \\\n  second; echo err >&2; exit 7"
EXPECTED = ("typed\na\\b!it's\na\\b!second\n", 7)


def login_of(start: Start, tmp_path: Path, script: str, options: str = "") -> Host:
    """A host whose login does what this script does; $SSH_ORIGINAL_COMMAND is the client's command."""
    file = tmp_path / "login"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    host = start(options=f"ForceCommand {file}\n{options}").host()
    ssh.trust(host, ssh.first_contact(host))
    return host


@pytest.fixture(autouse=True)
def no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests: what their own sudo wants is another matter."""
    monkeypatch.setattr(sudo, "needs_password", lambda host, words: False)
    monkeypatch.setattr(sudo, "as_root", lambda host, command, _: sudo.in_root_shell(command, False))


REFUSALS = {
    "another user": (
        'echo \'Please login as the user "ubuntu" rather than the user "root".\'; echo; exit 142',
        'the host wants another user than {me}:\n  Please login as the user "ubuntu" rather',
        "set ssh.user: ubuntu",
    ),
    "another user, Amazon": (
        "echo 'Please login as the ec2-user user rather than root user.' >&2; exit 1",
        "the host wants another user",
        "set ssh.user: ec2-user",
    ),
    "no user": (
        'echo \'Please login as the user "NONE" rather than the user "root".\'; exit 142',
        "the host lets nobody log in as {me}",
        "set ssh.user to another user",
    ),
    "nologin": ("exec /usr/sbin/nologin", "the account {me} is closed for logins", "set ssh.user"),
    "expired": (
        "echo 'You are required to change your password immediately (administrator enforced).' >&2;"
        " echo 'Password change required but no TTY available.' >&2; exit 1",
        "the password of {me} has expired, and must be changed first",
        "change it: ssh -p",
    ),
    "sftp only": (
        "echo 'This service allows sftp connections only.'; exit 1",
        "this login is for file transfer or git only",
        "ForceCommand",
    ),
    "rrsync": (
        "echo '/usr/bin/rrsync error: SSH_ORIGINAL_COMMAND does not run rsync' >&2; exit 1",
        "git only",
        "",
    ),
    "a menu": (
        "echo '1) shell'; echo '2) logout'; read -r choice; echo 'no such choice'",
        "commands do not run as {me}:\n  1) shell\n  2) logout",
        "echo works",
    ),
    "no word": ("exit 1", "commands do not run as {me}:\n  exit code 1, and no output", "login shell"),
    "nothing at all": ("exit 0", "exit code 0, and no output", "login shell"),
    "no such shell": ("exec /opt/none", "commands do not run as {me}", "echo works"),
    "another shell on the input": ("exec sh -s", "commands do not run as {me}", "echo works"),
    "input is read": (f"read -r line; {RUN}", "the login of {me} reads the input of commands", "~/.bashrc"),
    "input is closed": (f"exec </dev/null; {RUN}", "reads the input of commands", "~/.bashrc"),
    "text afterwards": (
        'sh -c "$SSH_ORIGINAL_COMMAND"; echo goodbye',
        "the login of {me} prints after each command:\n  goodbye",
        "~/.bashrc",
    ),
    "other line ends": (
        'sh -c "$SSH_ORIGINAL_COMMAND" | sed "s/$/\\r/"',
        "their result is changed on the way: line ends",
        "ForceCommand",
    ),
    "a lost exit code": (
        'sh -c "$SSH_ORIGINAL_COMMAND"; exit 0',
        "on the way: the exit code",
        "ForceCommand",
    ),
    "a mixed output": (
        'sh -c "$SSH_ORIGINAL_COMMAND" 2>/dev/null',
        "on the way: stderr",
        "ForceCommand",
    ),
}


@pytest.mark.parametrize(("script", "message", "hint"), REFUSALS.values(), ids=REFUSALS)
def test_a_login_that_runs_no_commands_is_named(
    start: Start, tmp_path: Path, script: str, message: str, hint: str
) -> None:
    host = login_of(start, tmp_path, script)
    with pytest.raises(ConnectError) as caught:
        login.open_access(host, ASKING)
    ssh.close(host)
    assert message.format(me=host.ssh.user) in str(caught.value)
    assert hint in (caught.value.hint or "")


def test_a_login_that_waits_is_named_with_what_it_printed(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact, "LIMIT_S", 2)
    host = login_of(start, tmp_path, "echo '1) shell'; exec tail -f /dev/null")
    with pytest.raises(ConnectError, match=r"commands do not run as \S+: no end within 2 s:\n  1\) shell"):
        login.open_access(host, ASKING)
    ssh.close(host)


NOISES = {
    "none": "",
    "a greeting": "echo 'Welcome to lab!'; echo; echo 'Last login: never'",
    "no newline": "printf 'loading...'",
    "on stderr": "echo \"stty: 'standard input': Inappropriate ioctl for device\" >&2",
    "a conda prompt": "printf '\\033]0;lab\\007(base) '",
    "surroundings": "umask 077; export LC_ALL=xx_XX.UTF-8 TERM=nonsense TMOUT=1 PATH=/usr/bin:/bin",
}


def checks_work(session: Session) -> None:
    """verify's own way to the host."""
    host = remote.connect(str(session.ssh_config()), False, None, shell=session.shell)
    done = host.run("echo %s; exit 3", "it's\n!")
    assert (done.stdout, done.rc) == ("it's\n!\n", 3)
    assert remote.output(host, "umask; echo $LC_ALL") == "0022\nC\n"


def a_log_works(session: Session) -> None:
    lines: list[str] = []
    command, first = session.root_command("printf 'one\\ntwo\\n'")
    assert stream.stream(session.host, command, first, session.shell.lines(lines.append)) == 0
    assert lines == ["one", "two"]


def works(session: Session, tmp_path: Path) -> None:
    """Input, output, exit code, an upload and a line-by-line reading are those of the command alone."""
    done = session.as_root(HARD, "typed\n")
    assert (done.stdout, done.returncode) == EXPECTED
    target = tmp_path / "uploaded"
    sent = session.upload(f"cat > {target}; wc -c < {target}", io.BytesIO(b"x" * 70_000))
    assert sent.stdout.strip() == "70000"
    assert target.stat().st_mode & 0o777 == 0o644
    assert session.as_root("locale 2>&1 | grep -c xx_XX; echo $LC_ALL; command -v ip").stdout.startswith(
        "0\nC\n"
    )


@pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)
def test_what_a_login_prints_first_is_left_out(start: Start, tmp_path: Path, noise: str) -> None:
    host = login_of(start, tmp_path, f"{noise}\n{RUN}")
    session = login.open_access(host, ASKING)
    works(session, tmp_path)
    checks_work(session)
    a_log_works(session)
    ssh.close(host)


OTHER_SHELL = """
case $SSH_ORIGINAL_COMMAND in
    *"
"*|*\\\\*|*!*) echo "Unmatched '''." >&2; exit 1 ;;
esac
SHELL=/usr/bin/fish exec sh -c "$SSH_ORIGINAL_COMMAND"
"""


@pytest.mark.parametrize("noise", ["", "echo hello"])
def test_a_shell_that_quotes_in_another_way(start: Start, tmp_path: Path, noise: str) -> None:
    host = login_of(start, tmp_path, f"{noise}\n{OTHER_SHELL}")
    session = login.open_access(host, ASKING)
    assert not session.shell.posix
    works(session, tmp_path)
    checks_work(session)
    a_log_works(session)
    ssh.close(host)


SHELLS = ("bash", "dash", "rbash", "zsh", "fish", "tcsh", "ksh", "mksh")
INSTALLED = [path for name in SHELLS if (path := shutil.which(name))]


@pytest.mark.parametrize("path", INSTALLED)
def test_the_real_shells_of_this_computer(start: Start, tmp_path: Path, path: str) -> None:
    host = login_of(start, tmp_path, f'SHELL={path} exec {path} -c "$SSH_ORIGINAL_COMMAND"')
    session = login.open_access(host, ASKING)
    works(session, tmp_path)
    ssh.close(host)
