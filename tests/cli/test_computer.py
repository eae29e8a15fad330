"""What is wrong with the operator's computer is one `error:` line and exit code 1, never a bug."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from binder_singlenode.base import log
from binder_singlenode.cli import main

PROGRAM = [sys.executable, "-m", "binder_singlenode"]


def run(*words: str, to: str | None = None, files: bool = True, **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr. `files=False`: no file can grow, as on a full disk."""

    def limit() -> None:
        if not files:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    out = open(to, "w") if to else subprocess.PIPE  # noqa: SIM115, PTH123 - a device
    done = subprocess.run(
        [*PROGRAM, *words],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        preexec_fn=limit,
        timeout=60,
        check=False,
    )
    if to:
        out.close()  # type: ignore[union-attr]
    return done.returncode, done.stdout or "", done.stderr


def one_error(said: str) -> None:
    """One error, perhaps with its remedy, and no traces of a crash."""
    assert "Traceback" not in said and "bug" not in said and "Exception ignored" not in said
    assert [line.split()[0] for line in said.splitlines() if not line.startswith(("log:", "warning:"))][
        :2
    ] in (["error:"], ["error:", "next:"])


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["schema"], ["vm", "list", "--json"]])
def test_a_full_output_device(words: list[str]) -> None:
    code, _, said = run(*words, to="/dev/full")
    assert code == 1
    one_error(said)
    assert "no space left on device" in said


@pytest.mark.parametrize("words", [["plan", "root@192.0.2.7"], ["init", "root@192.0.2.7"], ["check", "lab"]])
def test_a_full_disk(words: list[str], tmp_path: Path) -> None:
    code, _, said = run(*words, files=False)
    assert code == 1
    one_error(said)


@pytest.mark.parametrize("state", ["/dev/null/x", "/proc/nope"])
@pytest.mark.parametrize("words", [["check", "root@192.0.2.7"], ["vm", "list"]])
def test_a_state_folder_that_cannot_be_made(words: list[str], state: str) -> None:
    code, _, said = run(*words, XDG_STATE_HOME=state)
    assert code == 1
    one_error(said)
    assert state in said and "XDG_STATE_HOME" in said


def test_a_log_folder_that_cannot_be_used(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "binder-singlenode"
    folder.mkdir(parents=True)
    (folder / "log").write_text("no folder")
    code, out, said = run("vm", "list", "--json", XDG_STATE_HOME=str(tmp_path / "state"))
    assert code == 1
    one_error(said)
    assert json.loads(out)["error"]["where"] == str(folder / "log")


def test_an_unreadable_folder_of_hosts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inventories").mkdir()
    monkeypatch.chdir(tmp_path)
    real = Path.stat

    def stat(self: Path, **options: bool) -> os.stat_result:
        if self.parent.name == "inventories":
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, **options)

    monkeypatch.setattr(Path, "stat", stat)
    assert main.run(["check", "lab"]) == 1
    said = capsys.readouterr().err
    one_error(said)
    assert "inventories/lab" in said and "permission denied" in said


def test_a_program_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("binder_singlenode.config.planned", lambda *_: subprocess.run(["no-such-program"]))
    assert main.run(["check", "lab"]) == 1
    assert "error: the program no-such-program is not installed" in capsys.readouterr().err


def test_the_bug_reporter_cannot_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("on purpose")

    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("binder_singlenode.config.planned", broken)
    monkeypatch.setattr(log, "of_this_run", full)
    assert main.run(["check", "lab", "--json"]) == 3
    shown = capsys.readouterr()
    assert "ZeroDivisionError: on purpose" in shown.err and "No space left" in shown.err
    assert json.loads(shown.out)["error"]["exit_code"] == 3


def test_a_log_that_fills_its_disk_ends_no_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = log.start("test")
    path.symlink_to("/dev/full")
    for _ in range(3):
        log.logger.info("a line")
    assert capsys.readouterr().err == "warning: the log cannot be written: No space left on device\n"


def test_a_reader_that_leaves_ends_the_program_quietly() -> None:
    done = subprocess.run(
        f"{sys.executable} -m binder_singlenode schema | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_a_closed_stdout_is_no_bug() -> None:
    done = subprocess.run(
        f"{sys.executable} -m binder_singlenode --version >&-",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "bug" not in done.stderr and "Traceback" not in done.stderr


def test_characters_that_the_terminal_lacks(tmp_path: Path) -> None:
    name = os.fsdecode(b"b\xfc.yaml")
    code, _, said = run("check", name, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert code == 1
    one_error(said)
    assert r"b\udcfc.yaml" in said
