"""What was asked of Hetzner: in the log file always, on the screen with --verbose, the token nowhere."""

import re
import time
from pathlib import Path

import pytest

from binder_singlenode.base import folders
from binder_singlenode.cli import main
from binder_singlenode.vm.hcloud import provider

from .hcloud_faults import TOKEN, on


@pytest.fixture
def project(world, monkeypatch):
    """A project with one VM that is two hours over its time."""
    world.clock.time = time.time() - 26 * 3600
    world.create()
    world.clock.time += 26 * 3600
    monkeypatch.setattr(provider, "provider", world.provider)
    return world


def newest_log() -> Path:
    return max((folders.state_dir() / "log").iterdir())


def test_each_request_of_a_reap_is_in_its_log(project, capsys):
    assert main.run(["vm", "reap"]) == 0
    log = newest_log()
    assert re.fullmatch(r"\d+T\d+-vm-reap-\d+\.log", log.name)
    told = re.findall(r"transcript: (\w+) (/\S+): (\w+)$", log.read_text(), re.MULTILINE)
    assert [(each.method, each.path.split("?")[0]) for each in project.double.requests[-len(told) :]] == [
        (method, path) for method, path, _ in told
    ]
    assert ("DELETE", "200") in {(method, status) for method, _, status in told}
    assert TOKEN not in log.read_text()
    assert "DELETE" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [("reap", "--dry-run"), ("list", "--provider", "hcloud")])
def test_verbose_shows_them_and_names_the_log(project, capsys, words):
    assert main.run(["vm", *words, "--verbose"]) == 0
    said = capsys.readouterr().err
    named = re.match(r"log: (\S+)\n", said)
    assert named and Path(named[1]) == newest_log()
    assert "    GET /servers: 200\n" in said
    assert TOKEN not in said


def test_a_destroy_has_a_log_too(project):
    assert main.run(["vm", "destroy", "demo", "--provider", "hcloud", "--yes"]) == 0
    assert re.search(r"DELETE /servers/\d+: 200$", newest_log().read_text(), re.MULTILINE)


def test_a_request_that_nobody_answers_is_said_so(project):
    project.double.fault(on("GET", "/servers"), lose=True)
    assert main.run(["vm", "reap", "--dry-run"]) == 0
    told = re.findall(r"GET /servers: (.*)$", newest_log().read_text(), re.MULTILINE)
    assert told == ["no answer", "200"]
