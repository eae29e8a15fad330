"""A launch that goes well, against a real HTTP server."""

import threading
from typing import Any

import pytest

from binder_singlenode.binderhub.launch import stream

from .launch_bed import BUILD, READY, event, launched, ready


def test_the_request_says_exactly_what_binderhub_wants_to_hear(server: Any) -> None:
    server.stream(BUILD, ready)
    launched(server)
    assert server.seen[0].headers["accept"] == "text/event-stream"
    assert server.seen[0].path == BUILD


def test_events_come_in_order_and_the_last_is_the_session(server: Any) -> None:
    server.stream(
        BUILD,
        event("waiting", "Waiting for build to start...\n"),
        b":keepalive\n\n",
        event(None, "Picked Git content provider.\n"),
        event("Fetching", "Cloning\n"),
        event("built", "Built image, launching...\n", imageName="reg/i:1"),
        event("launching", "Launching server...\n"),
        ready,
    )
    events = launched(server)
    assert [each.phase for each in events] == [
        "waiting",
        "waiting",
        "fetching",
        "built",
        "launching",
        "ready",
    ]
    last = events[-1]
    assert isinstance(last, stream.Ready)
    assert (last.url, last.token, last.image) == (READY["url"], "s3cret", "reg/i:1")
    assert last.found_image is False
    assert last.login_url == "http://hub/jupyter/user/o-r-x/?token=s3cret"


def test_no_event_shows_the_token(server: Any) -> None:
    server.stream(BUILD, ready)
    last = launched(server)[-1]
    assert "s3cret" not in repr(last) and "s3cret" not in str(last.raw)


def test_a_cached_image_is_told_from_a_built_one(server: Any) -> None:
    server.stream(BUILD, event("built", "Found built image, launching...\n"), ready)
    last = launched(server)[-1]
    assert isinstance(last, stream.Ready) and last.found_image


def test_build_pull_and_pod_are_told_apart_and_timed(server: Any) -> None:
    def pause() -> None:
        server.closing.wait(0.5)  # far above what is asked for below: a busy machine reads late

    server.stream(
        BUILD,
        event("building", "Step 1/2\n"),
        pause,
        event("built", "Built image, launching...\n"),
        event("launching", "[Normal] Successfully assigned binder/jupyter-x to node\n"),
        event("launching", '[Normal] Pulling image "reg/i:1"\n'),
        pause,
        event("launching", "[Normal] an event of somebody else\n"),
        event("launching", '[Normal] Successfully pulled image "reg/i:1"\n'),
        event("launching", "[Normal] Started container notebook\n"),
        pause,
        ready,
    )
    *_, last = launched(server)
    assert isinstance(last, stream.Ready)
    stages = [each.stage.value for each in launched(server)]
    assert stages == ["lookup", "build", "pod", "pod", "pull", "pull", "pod", "pod"]
    times = last.timings
    assert times.pull_s is not None
    assert min(times.build_s, times.pull_s, times.pod_s) >= 0.04
    parts = (times.lookup_s, times.build_s, times.pull_s, times.pod_s)
    assert sum(parts) == pytest.approx(times.total_s)


def test_what_is_no_json_is_a_log_line(server: Any) -> None:
    server.stream(BUILD, b"data: Traceback\n\n", b"data: [1]\n\n", ready)
    assert [(each.phase, each.message) for each in launched(server)[:2]] == [
        ("unknown", "Traceback"),
        ("unknown", "[1]"),
    ]


def test_letting_go_of_the_iterator_closes_the_connection(server: Any) -> None:
    left = threading.Event()

    def talk() -> None:
        while not server.closing.is_set():
            server.closing.wait(0.01)
            left.set()

    server.stream(BUILD, event("waiting", "Waiting\n"), talk)
    events = stream.launch(server.url, "o/r")
    assert next(events).phase == "waiting"
    events.close()  # type: ignore[attr-defined]
    assert left.wait(5)


def test_launch_to_ready_shows_every_event(server: Any) -> None:
    server.stream(BUILD, event("built", "Found built image, launching...\n"), ready)
    seen: list[str] = []
    session = stream.launch_to_ready(server.url, "o/r", on_event=lambda each: seen.append(each.phase))
    assert seen == ["built", "ready"] and session.url == READY["url"]
