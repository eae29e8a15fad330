"""What runs on a host: in the run's log file always, on the screen with --verbose, its secrets nowhere."""

import io
import logging
import sys
from pathlib import Path

import pytest

from binder_singlenode.base import log as base_log
from binder_singlenode.base import transcript
from binder_singlenode.base.masking import MASK
from binder_singlenode.cli import main
from binder_singlenode.errors import ConnectError


def test_verbose_shows_commands_without_their_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    log = base_log.start("up", verbose=True)
    transcript.command("run --token=hunter2")
    transcript.tunnel(40001, 6443)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (f"    $ run --token={MASK}\n    tunnel: 127.0.0.1:40001 is port 6443 of the host\n")
    assert f"$ run --token={MASK}\n" in log.read_text()


def test_otherwise_they_are_in_the_log_alone(capsys: pytest.CaptureFixture[str]) -> None:
    log = base_log.start("status")
    transcript.command("df -P /")
    assert capsys.readouterr().err == ""
    assert log.read_text().endswith("binder_singlenode.base.transcript: $ df -P /\n")


def test_a_script_is_set_in_and_a_long_one_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    log = base_log.start("plan", verbose=True)
    transcript.command("set -e\n" + "x" * 2000)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "    $ set -e"
    assert second.startswith("      xxx")
    assert second.endswith("x … (the log has all of it)")
    assert "x" * 2000 in log.read_text()


def test_a_remote_command_cannot_repaint_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    base_log.start("ssh", verbose=True)
    transcript.command("echo \x1b[2Jgone\r")
    assert capsys.readouterr().err == "    $ echo gone\n"


def test_on_a_terminal_the_live_line_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    base_log.start("verify", verbose=True)
    transcript.command("uptime")
    assert screen.getvalue() == "\r\x1b[K    $ uptime\n"


def test_a_warning_is_seen_and_an_error_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    log = base_log.start("up")
    logging.getLogger("binder_singlenode.provision.run_lock").warning("taking over the lock of a dead run")
    main.expected_error(ConnectError("no route", where="lab"))
    assert capsys.readouterr().err == "warning: taking over the lock of a dead run\nerror: lab: no route\n"
    assert "lab: no route" in log.read_text()


def test_a_bug_is_reported_in_the_log_of_its_run(capsys: pytest.CaptureFixture[str]) -> None:
    log = base_log.start("up")
    transcript.command("uptime")
    main.unexpected_error(ZeroDivisionError("on purpose"), ["up", "lab"])
    assert str(log) in capsys.readouterr().err
    assert "$ uptime" in log.read_text()
    assert "command: up lab" in log.read_text()


def test_each_command_keeps_its_own_last_logs() -> None:
    """A `status` every minute must not take away the log of the last `up`, nor `ssh` those of `vm ssh`."""
    folder = base_log.start("up").parent
    base_log.logger.info("a record makes the file")
    for number in range(base_log.KEEP + 5):
        for command in ("ssh", "vm-ssh"):
            Path(folder, f"20260101T0000{number:02}-{command}-7.log").touch()
    base_log.start("ssh")
    base_log.logger.info("a record makes the file")
    kept = [path.name.split("-", 1)[1].rpartition("-")[0] for path in folder.iterdir()]
    assert {name: kept.count(name) for name in set(kept)} == {
        "up": 1,
        "ssh": base_log.KEEP,
        "vm-ssh": base_log.KEEP + 5,
    }
