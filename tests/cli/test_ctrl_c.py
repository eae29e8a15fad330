"""Ctrl-C is 130 and one plain sentence, wherever it comes: at a question, or while ssh says nothing."""

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode import config, ssh

LIMIT_S = 120
"""Long, for a busy computer; none of this waits for it."""
QUESTIONS = {
    "a command's": [
        "-c",
        "import sys; from binder_singlenode.cli import main\n"
        "from binder_singlenode.vm.local.provider import LocalVms\n"
        "LocalVms.get = lambda self, name: None\n"
        "sys.exit(main.run(['vm', 'destroy', 'lab']))",
    ],
    "the host key's": [
        "-c",
        "import sys; from binder_singlenode import ssh; from binder_singlenode.cli import main\n"
        "ssh.known, ssh.first_contact = lambda host: False, lambda host: ['a key']\n"
        "sys.exit(main.run(['check', 'root@192.0.2.7']))",
    ],
}
SSH = """#!/bin/sh
case "$*" in
    *"-G "*) exit 0 ;;
    *" -O check"*) exit {closed} ;;
    *" -O "*) exit 0 ;;
esac
echo $$ >{folder}/new
mv {folder}/new {folder}/started
exec sleep 60
"""


def at_a_terminal(words: list[str], folder: Path, typed: bytes) -> tuple[int, str]:
    """The exit code, and what stood on the screen, once this was typed at the first question."""
    screen, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, *words],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=folder,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    shown = read(screen, until=b"[y/N]: ")
    reads = Path(f"/proc/{process.pid}/stat")
    holds(lambda: reads.read_text().rpartition(") ")[2][0] == "S")  # a signal before the read would be lost
    os.write(screen, typed)
    shown += read(screen)
    os.close(screen)
    return process.wait(LIMIT_S), shown.decode()


def read(screen: int, until: bytes = b"") -> bytes:
    """What is shown until these words are, or until nobody is left who could show anything."""
    limit, shown = time.monotonic() + LIMIT_S, b""
    with contextlib.suppress(OSError):  # EIO: the last one has left
        while not until or until not in shown:
            assert select.select([screen], [], [], max(0, limit - time.monotonic()))[0], shown
            shown += os.read(screen, 4096)
    return shown


def holds(condition: Callable[[], bool]) -> None:
    """Wait until it does."""
    limit = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < limit, f"still not so after {LIMIT_S} s"
        time.sleep(0.05)


@pytest.mark.parametrize("words", QUESTIONS.values(), ids=QUESTIONS)
def test_ctrl_c_at_a_question(words: list[str], tmp_path: Path) -> None:
    code, shown = at_a_terminal(words, tmp_path, b"\x03")
    assert code == 130
    assert ("Interrupted. Run the same command again" in shown) is any("destroy" in word for word in words)
    assert "Interrupted." in shown
    assert "Aborted" not in shown and "Traceback" not in shown


@pytest.mark.parametrize("words", QUESTIONS.values(), ids=QUESTIONS)
def test_the_end_of_input_is_a_no(words: list[str], tmp_path: Path) -> None:
    code, shown = at_a_terminal(words, tmp_path, b"\x04")
    assert code == 1
    assert "Aborted" not in shown and "Traceback" not in shown


@pytest.mark.parametrize("moment", ["first contact", "connecting", "a command"])
def test_ctrl_c_while_ssh_hangs(moment: str, tmp_path: Path) -> None:
    programs, host_file = tmp_path / "bin", tmp_path / "lab.yaml"
    host_file.write_text("address: 192.0.2.7\n")
    programs.mkdir()
    (programs / "ssh").write_text(SSH.format(folder=tmp_path, closed=int(moment == "connecting")))
    (programs / "ssh").chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    if moment != "first contact":
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True
        )
        ssh.trust(config.load(host_file), (tmp_path / "key.pub").read_text())
    process = subprocess.Popen(
        [sys.executable, "-m", "binder_singlenode", "plan", str(host_file)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started = tmp_path / "started"
    holds(lambda: started.exists() or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out) == (130, "")
    log, nothing, *lines = said.splitlines()
    assert log.startswith("log: ") and nothing == ""
    assert lines == ["Interrupted."]
    holds(lambda: has_ended(started.read_text().strip()))


def has_ended(number: str) -> bool:
    """Whether this process, whose parent did not wait for it, is no more."""
    try:
        return "(zombie)" in Path(f"/proc/{number}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
