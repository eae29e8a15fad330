"""What a long step waits for, as the host tells it."""

from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.deploy import waiting
from binder_singlenode.layout import paths

from .conftest import Run, Tool

PODS = """\
binder-1   1/1   Running             0   9m
hub-1      0/1   ContainerCreating   0   9m
proxy-1    0/1   Running             0   9m
hook-1     0/1   Completed           0   9m
"""


@pytest.fixture
def questions(make: Any, tmp_path: Path) -> dict[str, str]:
    return waiting.questions(make(tmp_path, "address: 192.0.2.7\n"))


def test_pods_that_are_not_ready_each_with_the_reason(
    run: Run, tool: Tool, calls: Path, questions: dict[str, str]
) -> None:
    tool("k3s", f"cat <<'END'\n{PODS}END")
    told = waiting.answer(run(questions["release"]).stdout)
    assert told == "pod hub-1: ContainerCreating, pod proxy-1: runs, not ready yet"
    assert "get pods -n binder" in calls.read_text()


def test_pods_that_are_all_ready_are_not_what_it_waits_for(
    run: Run, tool: Tool, questions: dict[str, str]
) -> None:
    tool("k3s", f"cat <<'END'\n{PODS.splitlines()[0]}\nEND")
    assert waiting.answer(run(questions["release"]).stdout) == "all pods are ready"


def test_k3s_that_starts_tells_the_last_message_of_its_log(
    run: Run, tool: Tool, questions: dict[str, str]
) -> None:
    tool("systemctl", "echo activating")
    log = (
        """time="2026" level=info msg="Importing images from /x.tar"\nE1126 14:44:38.96 989 x.go:8] failed"""
    )
    tool("journalctl", f"cat <<'END'\n{log}\nEND")
    assert waiting.answer(run(questions["k3s"]).stdout) == "k3s starts: Importing images from /x.tar"


def test_a_node_that_is_not_ready_says_why(run: Run, tool: Tool, questions: dict[str, str]) -> None:
    tool("systemctl", "echo active")
    tool("k3s", "echo 'KubeletNotReady: no network yet'")
    assert waiting.answer(run(questions["k3s"]).stdout) == "KubeletNotReady: no network yet"


def test_a_download_tells_how_much_has_come(run: Run, tool: Tool, questions: dict[str, str]) -> None:
    tool("systemctl", "echo inactive; exit 3")
    script = f"truncate -s 35M {paths.STAGING}/k3s; {questions['k3s']}"
    assert waiting.answer(run(script).stdout) == "k3s: 35 MiB have come"


def test_a_host_that_cannot_tell_tells_nothing(run: Run, tool: Tool, questions: dict[str, str]) -> None:
    for name in ("systemctl", "k3s"):
        tool(name, "echo no >&2; exit 1")
    assert {waiting.answer(run(each).stdout) for each in questions.values()} == {""}
