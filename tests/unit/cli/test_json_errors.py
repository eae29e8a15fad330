"""With --json, a failure is an object with `error` on stdout: a program never reads an empty answer."""

import json
from pathlib import Path

import pytest

from binder_singlenode.cli import main

FAILURES = [
    ["check", "nowhere"],
    ["plan", "nowhere"],
    ["up", "nowhere"],
    ["verify", "nowhere"],
    ["status", "nowhere"],
    ["launch", "nowhere", "a/b"],
    ["warm", "nowhere"],
    ["logs", "nowhere", "hub"],
    ["kubeconfig", "nowhere"],
    ["ssh", "nowhere"],
    ["size", "nowhere"],
    ["size", "--memory", "1G", "--cpus", "1", "--disk", "10G"],
    ["down", "nowhere"],
    ["init", "no where"],
    ["vm", "destroy", "nowhere", "--yes"],
    ["vm", "ssh", "nowhere", "true"],
    ["vm", "save", "nowhere", "tag"],
    ["vm", "reset", "nowhere", "tag", "--yes"],
    ["vm", "fork", "nowhere", "tag", "new"],
    ["vm", "list", "--provider", "nobody"],
]
MISUSES = [["check"], ["size", "--memory", "64GB"], ["logs", "lab", "nothing"], ["vm", "nothing"]]


def error(words: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The object on stdout; stderr has the message too."""
    code = main.run(words)
    shown = capsys.readouterr()
    told: dict[str, object] = json.loads(shown.out)["error"]
    assert told["exit_code"] == code
    assert set(told) == {"message", "where", "hint", "exit_code"}
    assert str(told["message"]).splitlines()[0] in shown.err
    return told


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("words", FAILURES, ids=" ".join)
def test_an_expected_failure(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    command = [*words[:2], "--json", *words[2:]] if words[:2] == ["vm", "ssh"] else [*words, "--json"]
    assert error(command, capsys)["exit_code"] in (1, 2)


@pytest.mark.parametrize("words", MISUSES, ids=" ".join)
def test_a_misuse(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert error([*words, "--json"], capsys)["exit_code"] == 2


def test_a_bad_host_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("lab.yaml").write_text("address: a..b\n")
    assert "lab.yaml:1:10: address" in str(error(["check", "lab.yaml", "--json"], capsys)["message"])


def test_without_json_nothing_is_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["check", "nowhere"]) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "words",
    [
        ["check", "lab", "--no-such-option"],
        ["plan"],
        ["up", "lab", "--bundle", "/nowhere"],
        ["size", "--memory", "64G", "--cpus", "4", "--disk", "100G"],
    ],
    ids=" ".join,
)
def test_usage_errors_and_arithmetic_leave_no_log(words: list[str], tmp_path: Path) -> None:
    assert main.run(words) in (0, 2)
    assert list(tmp_path.rglob("*.log")) == []
