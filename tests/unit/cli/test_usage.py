"""Arguments are checked before anything is done: exit code 2, and the message names option and unit."""

from pathlib import Path

import pytest

from binder_singlenode.cli import main

MISUSES = [
    (["size", "--memory", "64GB", "--cpus", "4", "--disk", "64G"], "'--memory'", "K, M, G, T"),
    (["size", "--memory", "64G", "--cpus", "4", "--disk", "64"], "'--disk'", "give a unit"),
    (["size", "--memory", "0G", "--cpus", "4", "--disk", "64G"], "'--memory'", "8G"),
    (["size", "--memory", "8G", "--cpus", "0", "--disk", "64G"], "'--cpus'", "1"),
    (["vm", "create", "x", "--memory", "8"], "'--memory'", "give a unit"),
    (["vm", "create", "x", "--disk", "40GB"], "'--disk'", "40G"),
    (["vm", "create", "x", "--release", "sid"], "'--release'", "trixie, bookworm"),
    (["launch", "lab", "a/b", "--timeout", "nan"], "'--timeout'", "seconds"),
    (["launch", "lab", "a/b", "--timeout", "0"], "'--timeout'", "seconds"),
    (["verify", "lab", "--timeout", "-1"], "'--timeout'", "seconds"),
    (["warm", "lab", "a/b", "--timeout", "inf"], "'--timeout'", "seconds"),
    (["warm", "lab", "--unpin"], "--unpin", "images"),
    (["up", "lab", "--launch", "a/b", "--no-launch"], "--no-launch", "--launch"),
    (["up", "lab", "--launch", "a/b", "--no-verify"], "--no-verify", "verify"),
    (["init", "root@192.0.2.7", "--hostname", ""], "--hostname", "name"),
    (["init", "root@192.0.2.7", "--hostname", "a..b"], "--hostname", "DNS name"),
]


@pytest.mark.parametrize(("words", "option", "rule"), MISUSES, ids=lambda each: " ".join(each)[:40])
def test_a_misuse_names_its_option(
    words: list[str], option: str, rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(words) == 2
    said = capsys.readouterr().err
    assert option in said and rule in said
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [], "nothing was written"


@pytest.mark.parametrize(
    "words", [["-h"], ["help"], ["help", "size"], ["size", "-h"], ["vm", "help", "create"]]
)
def test_other_ways_to_ask_for_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(words) == 0
    assert "Usage: binder-singlenode" in capsys.readouterr().out


def test_nobody_is_asked_about_a_vm_that_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("binder_singlenode.cli.terminal.ask", lambda _: pytest.fail("asked"))
    assert main.run(["vm", "destroy", "nope"]) == 1
    assert "there is no VM called 'nope'" in capsys.readouterr().err
