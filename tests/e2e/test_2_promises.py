"""Binder's promises on the VM: what a session may take, how long it lives, and what is left of it."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.binderhub.launch import stream
from binder_singlenode.errors import LaunchError

from .helpers.bed import (
    LAUNCH_TIMEOUT_S,
    UP_TIMEOUT_S,
    Origin,
    Tool,
    emulated,
    eventually,
    no_sessions,
    own_copy,
    pods,
)
from .helpers.windows import open_on

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 3600)]

OTHER = "http://gitserver.binder:8080/minimal"
THIRD = "http://gitserver.binder:8080/slow-build"


@dataclass(frozen=True)
class Times:
    """How long a session lives, for a test: ten minutes of idleness and twelve hours, made shorter.

    The proof has to end before the neighbour's maximum age does.
    """

    idle_s: int
    max_age_s: int

    @property
    def host_file(self) -> str:
        return f"sessions:\n  idle_timeout: {self.idle_s}s\n  max_age: {self.max_age_s}s\n"


@pytest.fixture(autouse=True)
def _on_the_test_bed(origin: Origin) -> None:
    if not origin.repository.startswith("http://gitserver."):
        pytest.skip("needs the test bed's repositories")


@pytest.fixture
def url(provisioned: dict[str, Any]) -> str:
    """Where the hub is."""
    return str(provisioned["url"])


def launched(url: str, repo: str) -> stream.Ready:
    return stream.launch_to_ready(url, repo, None, LAUNCH_TIMEOUT_S)


@contextlib.contextmanager
def running(tool: Tool, url: str, *repos: str) -> Iterator[list[stream.Ready]]:
    """Sessions of these repositories, ended afterwards."""
    ready: list[stream.Ready] = []
    try:
        for repo in repos:
            ready.append(launched(url, repo))
            stream.session_answers(ready[-1].url, ready[-1].token, 300)
        yield ready
    finally:
        for session in ready:
            stream.stop_session(session.url, session.token)
        no_sessions(tool)


def restarts_of_the_hub(tool: Tool) -> list[int]:
    hubs = pods(tool, "component=hub")
    return [each["restartCount"] for pod in hubs for each in pod["status"]["containerStatuses"]]


def test_who_finds_it_full_reads_a_sentence_and_the_hub_stays(tool: Tool, url: str, origin: Origin) -> None:
    no_sessions(tool)
    assert tool.json("status", "e2e", check=False)["quota"] == 2
    before = restarts_of_the_hub(tool)
    with running(tool, url, origin.repository):
        with pytest.raises(LaunchError, match=r"Too many users running .*! Try again soon\."):
            launched(url, origin.repository)
        other = launched(url, OTHER)
        with pytest.raises(LaunchError, match=r"Too many users on this BinderHub! Try again soon\."):
            launched(url, THIRD)
        stream.session_answers(other.url, other.token, 300)
        stream.stop_session(other.url, other.token)
    assert restarts_of_the_hub(tool) == before


def test_a_workshops_repository_is_warm_and_pinned(tool: Tool, provisioned: dict[str, Any]) -> None:
    warmed = tool.json("warm", "e2e", OTHER, "--until", "2099-12-31", timeout_s=LAUNCH_TIMEOUT_S)
    (pin,) = warmed["pins"]
    listing = f"k3s ctr -n k8s.io images ls name=={pin['image']}"
    assert "io.cri-containerd.pinned=pinned" in tool.ssh(listing)
    again = tool.json("warm", "e2e", OTHER, "--until", "2099-12-31", timeout_s=LAUNCH_TIMEOUT_S)
    assert again["pins"] == warmed["pins"]
    assert again["warmed"][0]["found_image"] is True
    assert again["warmed"][0]["timings"]["build_s"] == again["warmed"][0]["timings"]["pull_s"] == 0
    assert len(tool.json("status", "e2e", check=False)["pins"]) == 1
    assert tool.json("warm", "e2e", pin["image"], "--unpin")["pins"] == []
    assert "io.cri-containerd.pinned" not in tool.ssh(listing)
    no_sessions(tool)


LATER = """\
mkdir -p /tmp/later && cat >/tmp/later/date <<'END' && chmod +x /tmp/later/date
#!/bin/sh
[ "$1" = -d ] || exec /usr/bin/date "$@"
exec /usr/bin/date -d "@$(( $(/usr/bin/date -d "$2" +%s) + 31 * 86400 ))" "$3"
END
PATH=/tmp/later:$PATH sh /etc/binder-singlenode/forget.sh; code=$?; rm -r /tmp/later; exit $code
"""


def test_a_month_later_no_log_knows_an_address(tool: Tool, url: str, provisioned: dict[str, Any]) -> None:
    """With a clock moved forward; the VM's own stays, for its certificates' sake."""
    marked = "before-the-month"
    with contextlib.suppress(LaunchError):
        stream.launch_to_ready(url, f"http://gitserver.binder:8080/{marked}", None, 60)
    everywhere = (
        f"grep -rlF {marked} /var/log/binder-singlenode/access.log /var/log/pods/binder_binder-* || true"
    )
    assert len(tool.ssh(everywhere).split()) >= 1
    tool.ssh(LATER)
    assert tool.ssh(everywhere) == ""
    stream.health(url)
    eventually(
        "the entry writes to its log",
        lambda: "/health" in tool.ssh("cat /var/log/binder-singlenode/access.log"),
        60,
    )


@pytest.fixture
def times(vm: dict[str, Any]) -> Times:
    return Times(120, 30 * 60) if emulated(vm) else Times(60, 10 * 60)


@pytest.fixture
def short_times(
    tool: Tool, origin: Origin, provisioned: dict[str, Any], times: Times, tmp_path: Path
) -> Iterator[str]:
    """The same host with shorter times for sessions, by its host file; and as before afterwards."""
    folder = tmp_path / "inventories"
    folder.mkdir()
    host_file = own_copy(tool, folder)
    assert "sessions:" not in host_file.read_text()
    host_file.write_text(host_file.read_text() + times.host_file)
    words = ("--yes", "--no-verify", *origin.up_options)
    tool.json("up", str(host_file), *words, timeout_s=UP_TIMEOUT_S)
    yield str(host_file)
    tool.json("up", "e2e", *words, timeout_s=UP_TIMEOUT_S)


@pytest.mark.long
def test_promises_are_proved_in_a_session_beside_a_neighbour(
    tool: Tool, url: str, origin: Origin, short_times: str, times: Times
) -> None:
    with running(tool, url, OTHER) as (neighbour,), open_on(neighbour.url, neighbour.token) as somebody:
        words = ("--launch", origin.repository, "--promises")
        begin = time.monotonic()
        report = tool.json("verify", short_times, *words, timeout_s=5400, check=False)
        assert [each for each in report["results"] if each["outcome"] == "failed"] == []
        proved = {each["name"]: each["outcome"] for each in report["results"]}
        wanted = ("too_much_memory_ends_the_kernel", "nobody_else_notices", "an_idle_session_ends")
        assert {proved[f"promises::{name}"] for name in wanted} == {"passed"}
        assert proved["binder::session_environment"] == "passed"
        assert stream.session_answers(neighbour.url, neighbour.token, 60)
        assert somebody.is_alive(), "the neighbour's window was closed"
        eventually(
            "the neighbour is ended at its max_age, though in use", lambda: not somebody.is_alive(), 2400
        )
        assert time.monotonic() - begin > times.max_age_s - 120, "in use, and ended before its max_age"
