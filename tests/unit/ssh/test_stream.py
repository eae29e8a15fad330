"""Output line by line, through a real sshd, and what the commands make of it."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from pytest import CaptureFixture, LogCaptureFixture

from binder_singlenode import ssh
from binder_singlenode.base import transcript
from binder_singlenode.cli import main
from binder_singlenode.cli.commands import logs
from binder_singlenode.ssh.stream import stream

Cli = Callable[..., "CompletedProcess[str]"]


def test_lines_come_while_the_command_runs(trusted) -> None:  # type: ignore[no-untyped-def]
    """The command ends only when its first line has been seen."""
    seen = Path(trusted.ssh.key).with_name("seen")
    lines: list[str] = []

    def each(line: str) -> None:
        lines.append(line)
        seen.touch()

    script = f"cat; until [ -e {seen} ]; do sleep 0.02; done; echo two; exit 3"
    assert stream(trusted, script, "one\n", each) == 3
    assert lines == ["one", "two"]


def test_a_reader_that_goes_away_ends_it(trusted) -> None:  # type: ignore[no-untyped-def]
    def each(line: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        stream(trusted, "while echo more; do sleep 0.02; done", "", each)


def test_what_runs_is_told_and_its_input_is_not(trusted, caplog: LogCaptureFixture) -> None:  # type: ignore[no-untyped-def]
    with caplog.at_level("INFO", transcript.logger.name):
        ssh.run(trusted, "cat; TOKEN=abc true", input="typed\n")
        stream(trusted, "cat >/dev/null", "typed\n", print)
        with ssh.tunnel(trusted, 80):
            pass
    told = [record.getMessage() for record in caplog.records]
    assert told[:2] == ["$ cat; TOKEN=********", "$ cat >/dev/null"]
    assert told[2].endswith("is port 80 of the host")


@pytest.fixture
def file(trusted, tmp_path: Path) -> str:  # type: ignore[no-untyped-def]
    """Its host file."""
    if trusted.ssh.user != "root":
        pytest.skip("the commands want root on the host, which is this computer here")
    path = tmp_path / "lab.yaml"
    path.write_text(
        f"address: {trusted.address}\nssh: {{port: {trusted.ssh.port}, key: {trusted.ssh.key}}}\n"
    )
    return str(path)


def test_ssh_for_programs(file: str, cli: Cli) -> None:
    done = cli("ssh", file, "--json", "--verbose", "sh", "-c", "'echo out; echo err >&2; exit 4'")
    assert json.loads(done.stdout) == {"stdout": "out\n", "stderr": "err\n", "exit_code": 4}
    assert done.returncode == 4
    assert done.stderr.splitlines()[0].startswith("log: ")
    assert "    $ sh -c 'echo out; echo err >&2; exit 4'" in done.stderr


def test_ssh_for_people_says_what_runs_before_it_runs(file: str, cli: Cli) -> None:
    done = cli("ssh", "-v", file, "echo", "-v")
    assert (done.stdout, done.returncode) == ("-v\n", 0)
    assert done.stderr.endswith("    $ echo -v\n")


def test_a_shell_has_no_result(file: str, cli: Cli) -> None:
    done = cli("ssh", file, "--json")
    assert done.returncode == 2
    assert "give a command too: a shell has no result" in done.stderr


def test_a_command_beside_a_kubeconfig_has_its_own(file: str, cli: Cli) -> None:
    done = cli("kubeconfig", file, "--json", "kubectl", "get", "nodes")
    assert done.returncode == 2
    assert "what a command prints is its own" in done.stderr


def test_logs_for_programs(file: str, capsys: CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    script = "printf '2026-07-01T10:00:00Z a up\\nnone\\n'; exit 5; : {tail}"
    monkeypatch.setitem(logs.COMPONENTS, "audit", script)
    assert main.run(["logs", file, "audit", "--json"]) == 5
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"time": "2026-07-01T10:00:00Z", "line": "a up", "component": "audit"},
        {"line": "none", "component": "audit"},
    ]
