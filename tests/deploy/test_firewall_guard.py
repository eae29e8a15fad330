"""New firewall rules take themselves back, unless a new connection gets in: the shell, and its order."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode.config import Host
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations import firewall_guard
from binder_singlenode.deploy.operations.firewall_guard import Proof
from binder_singlenode.deploy.steps import firewall
from binder_singlenode.layout import paths
from binder_singlenode.ssh import new_connection

from .conftest import Play, finished

FORMER = "chain mine { type filter hook input priority 0; policy accept; tcp dport 9 drop; }"
NEW = "chain input { type filter hook input priority 0; policy drop; }"
TABLE = f"inet {paths.FIREWALL_TABLE}"
Shell = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A network namespace of the test's own; systemd is a stand-in that writes down how it was called."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, code in (("systemctl", f"[ $2 != is-active ] || [ -e {tmp_path}/armed ]"), ("systemd-run", "")):
        (programs / name).write_text(f'#!/bin/sh\necho {name} "$*" >>{tmp_path}/calls\n{code}\n')
        (programs / name).chmod(0o755)
    (tmp_path / "note").write_text("as of yesterday")
    environment = {"PATH": f"{programs}:{os.environ['PATH']}:/usr/sbin:/sbin", "LC_ALL": "C"}
    here = {"/run/": f"{tmp_path}/", paths.FIREWALL_RULES: f"{tmp_path}/rules"}
    here[paths.stamp_path(paths.FIREWALL_UNIT)] = f"{tmp_path}/note"

    def run(text: str) -> "subprocess.CompletedProcess[str]":
        for there, own in here.items():
            text = text.replace(there, own)
        return subprocess.run(
            ["unshare", "-n", "sh", "-c", text], capture_output=True, text=True, check=False, env=environment
        )

    if run("nft list tables").returncode != 0:
        pytest.skip("needs root, network namespaces and nft")
    return run


def loaded(chain: str) -> str:
    return f"nft 'table {TABLE}'; nft 'delete table {TABLE}'; nft 'table {TABLE} {{ {chain}\n}}'\n"


def script(verb: str) -> str:
    """In a shell of its own, as pyinfra sends it."""
    return f"sh -s <<'SCRIPT'\n{firewall_guard.script(verb)}\nSCRIPT\necho {verb}=$?\n"


FIRES = f"sh /run/{paths.FIREWALL_GUARD}.sh\n"
"""What the timer does when nobody stops it."""
SHOW = f"nft -s list table {TABLE} 2>&1"


def test_rules_that_nobody_proved_go_and_the_former_ones_come_back(shell: Shell, tmp_path: Path) -> None:
    done = shell(loaded(FORMER) + script("arm") + loaded(NEW) + FIRES + SHOW)
    assert "tcp dport 9 drop" in done.stdout
    assert "policy drop" not in done.stdout
    assert not (tmp_path / "note").exists(), "the next `up` loads again"
    assert "tcp dport 9 drop" in (tmp_path / "rules").read_text(), "for a boot, too"
    assert shell(f"nft -f {tmp_path}/rules && {SHOW}").returncode == 0
    assert "systemd-run" in (tmp_path / "calls").read_text()
    assert f"--on-active={firewall_guard.GUARD_S}" in (tmp_path / "calls").read_text()


def test_without_former_rules_none_are_left_and_none_are_loaded_at_boot(shell: Shell, tmp_path: Path) -> None:
    done = shell(script("arm") + loaded(NEW) + FIRES + SHOW)
    assert "No such file or directory" in done.stdout
    assert f"systemctl -q disable --now {paths.FIREWALL_UNIT}" in (tmp_path / "calls").read_text()


def test_rules_that_were_proved_stay(shell: Shell, tmp_path: Path) -> None:
    late = f"cp /run/{paths.FIREWALL_GUARD}.sh /run/late\n"
    steps = [loaded(FORMER), script("arm"), loaded(NEW), late, script("keep"), "sh /run/late\n", SHOW]
    done = shell("".join(steps))
    assert "keep=0" in done.stdout
    assert "policy drop" in done.stdout, "a timer that fires late does nothing"
    assert (tmp_path / "note").exists()
    assert f"systemctl stop {paths.FIREWALL_GUARD}.timer" in (tmp_path / "calls").read_text()


def test_a_proof_that_comes_too_late_is_an_error(shell: Shell) -> None:
    done = shell(script("arm") + loaded(NEW) + FIRES + script("keep"))
    assert "keep=1" in done.stdout
    assert "taken back before they were proved" in done.stderr


def test_a_second_run_keeps_what_the_first_would_restore(shell: Shell, tmp_path: Path) -> None:
    """The first was killed, and its rules are loaded still."""
    (tmp_path / "armed").touch()
    done = shell(loaded(FORMER) + script("arm") + loaded(NEW) + script("arm") + loaded(NEW) + FIRES + SHOW)
    assert "tcp dport 9 drop" in done.stdout


def of(text: str) -> str:
    verbs = {"arm": "systemd-run", "keep": "before they were proved", "undo": "exit 1"}
    return next(
        (verb for verb, words in verbs.items() if words in text),
        "restart" if "systemctl restart" in text else "",
    )


def told(play: Play, context: Context) -> list[str]:
    """What is sent to a host whose rules are not loaded."""
    lines = finished(context)
    lines["firewall"] = []
    ran = play(firewall.firewall, context, lines).of("Load the firewall rules")
    return [found for command in ran.commands if (found := of(command))]


def test_the_order(play: Play, context: Context) -> None:
    assert told(play, context) == ["arm", "restart", "keep"]


def test_a_host_with_its_rules_pays_nothing(
    play: Play, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_connection, "problem", lambda host: pytest.fail("a connection was made"))
    assert play(firewall.firewall, context, finished(context)).changed == []


def test_no_new_connection_takes_the_rules_back(
    play: Play, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firewall_guard, "PROOF_S", 0)
    monkeypatch.setattr(new_connection, "problem", lambda host: "no answer within 20 s")
    assert told(play, context)[:3] == ["arm", "restart", "undo"]
    text = firewall_guard.failure(Proof(context.host, "no answer within 20 s"))
    assert "no new ssh connection gets to the host (no answer within 20 s)" in text
    assert "exit 1" in text


def test_it_tries_again_until_it_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["refused", "refused", ""])
    monkeypatch.setattr(firewall_guard, "PAUSE_S", 0)
    monkeypatch.setattr(new_connection, "problem", lambda host: next(answers))
    proof = Proof(Host.model_validate({"address": "a.b"}))
    proof.seek()
    assert proof.problem == ""
