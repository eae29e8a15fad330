"""`warm`: a repository launched for real, its image pinned on the host, its session ended."""

import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Any

import pytest

from binder_singlenode.binderhub import pins
from binder_singlenode.binderhub.warm import free_script, warm
from binder_singlenode.cli.commands.warm import expiry_of
from binder_singlenode.errors import StepError

from ..servers.played_session import PlayedSession

IMAGE = "10.43.0.50:5000/i-o-r:abc"


class Host:
    """A host that notes the commands it gets."""

    def __init__(self, base_url: str = "", code: int = 0, out: str = "", err: str = "") -> None:
        told: Any = SimpleNamespace(
            file=None,
            address="alpha",
            name="alpha",
            base_url=base_url,
            hub_url=f"{base_url}/jupyter/",
            ssh=SimpleNamespace(user="root"),
            release=SimpleNamespace(namespace="binder"),
        )
        self.commands: list[str] = []
        self.answer = CompletedProcess[str]([], code, out, err)
        self.session = PlayedSession(told, play=self.play)

    def play(self, command: str, text: str) -> CompletedProcess[str]:
        self.commands.append(command)
        return self.answer


@pytest.fixture
def hub(server: Any) -> Callable[[], list[str]]:
    """A hub that launches one repository; returns the paths that were posted to."""
    ready = {"phase": "ready", "message": "", "url": f"{server.url}/user/x/", "token": "tok", "image": IMAGE}
    events = ({"phase": "built", "message": "Found built image, launching..."}, ready)
    server.stream("/build/gh/o/r/HEAD", *(f"data: {json.dumps(each)}\n\n".encode() for each in events))
    server.on("/user/x/api", body='{"version": "2"}')
    server.on("/user/x/api/shutdown")
    return lambda: [each.path for each in server.seen if each.method == "POST"]


def test_it_is_launched_pinned_and_ended(server: Any, hub: Callable[[], list[str]]) -> None:
    host = Host(server.url)
    done = warm(host.session, "o/r", None, 0, timeout_s=10)
    assert (done.image, done.found_image, done.pin.until) == (IMAGE, True, "for ever")
    command, free = host.commands
    assert "component=singleuser-server" in free
    assert f"sh /etc/binder-singlenode/pin.sh {IMAGE} 0" in command
    assert hub() == ["/user/x/api/shutdown"]


def test_a_host_that_cannot_pin_says_what_to_do_and_the_session_ends(
    server: Any, hub: Callable[[], list[str]]
) -> None:
    host = Host(server.url, 127, err="sh: 0: cannot open pin.sh\n")
    with pytest.raises(StepError, match="cannot open") as error:
        warm(host.session, "o/r", None, 0, timeout_s=10)
    assert "binder-singlenode up alpha" in (error.value.hint or "")
    assert hub() == ["/user/x/api/shutdown"]


def test_its_place_is_free_before_it_returns(tmp_path: Path) -> None:
    """A machine may hold one session of a repository, and pods count until they are gone."""
    k3s = tmp_path / "k3s"
    k3s.write_text(f"#!/bin/sh\n[ -e {tmp_path}/asked ] || echo other x\ntouch {tmp_path}/asked\n")
    k3s.chmod(0o755)
    script = free_script("binder", "http://hub/user/x/").replace("/usr/local/bin/k3s", str(k3s))
    script = f"sleep() {{ echo slept; }}; {script}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, "slept\n")


def test_the_list_is_read_to_its_end() -> None:
    host = Host(out=f"{IMAGE} 0\n\nnot a pin\nb:1 1798761600\n")
    assert pins.listed(host.session) == [pins.Pin(IMAGE, 0), pins.Pin("b:1", 1798761600)]


@pytest.mark.parametrize("day", [date(2026, 12, 31), date(2028, 2, 29)])
def test_a_day_lasts_until_it_is_over_everywhere(day: date) -> None:
    expiry_s = pins.end_of(day)
    assert datetime.fromtimestamp(expiry_s, UTC).hour == 12
    assert expiry_s - datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() == 36 * 3600
    assert pins.Pin("i", expiry_s).until == day.isoformat()


@pytest.mark.parametrize(
    ("text", "words"), [("tomorrow", "must be a date such as"), ("2020-01-01", "2020-01-01 is in the past")]
)
def test_a_date_that_is_none_or_over_is_refused(text: str, words: str) -> None:
    with pytest.raises(Exception, match=words):
        expiry_of(text)


def test_today_and_no_date_are_fine() -> None:
    assert expiry_of(None) == pins.FOR_EVER
    assert expiry_of(datetime.now(UTC).date().isoformat()) > time.time()
