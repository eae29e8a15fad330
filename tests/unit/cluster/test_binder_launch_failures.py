"""A launch that fails, against a real HTTP server that refuses, breaks or falls silent."""

import json
import re
import time
from typing import Any

import pytest

from binder_singlenode import binder, closed_answer, launch_failures
from binder_singlenode.errors import LaunchError

from .launch_bed import BUILD, event, failure, ready


def test_a_failed_build_ends_with_binderhubs_sentence_and_the_last_lines(server: Any) -> None:
    noise = [event("building", f"line {number}\n") for number in range(40)]
    server.stream(BUILD, *noise, event("failed", "ERROR: no such package\n"))
    error = failure(server)
    lines = str(error).splitlines()
    assert lines[0].endswith("ERROR: no such package")
    assert lines[-1] == "  | line 39" and "line 20" not in str(error)
    assert "repo2docker" in (error.hint or "")


def test_a_failure_without_a_sentence_still_shows_the_last_lines(server: Any) -> None:
    server.stream(BUILD, event("building", "pip: no\n"), event("failed"))
    assert str(failure(server)).endswith("the build failed\nthe last lines were:\n  | pip: no")


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (429, "Rate limit exceeded. Try again in 10 minutes.\n", "per address and hour"),
        (403, "Requests from 10.0.0.0/8 are not allowed\n", "ban_networks"),
        (400, "Missing Accept header: text/event-stream\n", "refused the request"),
        (500, "Failed to launch image reg/i:1\n", "did not start"),
        (None, "The disk of this BinderHub is full: no launch begins.\n", "`status` shows what takes it"),
        (None, "Too many users on this BinderHub! Try again soon.\n", "full"),
        (None, "Could not resolve ref for gh:o/r/HEAD. Double check your URL.\n", "--ref"),
        (None, "No provider found for prefix xx\n", "turned off"),
        (None, "Unhandled error watching for build events. Please try again.\n", "launch again"),
    ],
)
def test_each_refusal_says_what_to_do(server: Any, status: int | None, message: str, hint: str) -> None:
    server.stream(BUILD, event("failed", message, **({"status_code": status} if status else {})))
    error = failure(server)
    assert message.strip() in str(error) and hint in (error.hint or "")
    assert status is None or f"(status {status})" in str(error)


@pytest.mark.parametrize(
    "words",
    [
        "ERROR: write /var/lib/docker/tmp/x: no space left on device",
        "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.",
        "The node was low on resource: ephemeral-storage. Threshold quantity: 2Gi, available: 1Gi.",
        "Pod was rejected: The node had condition: [DiskPressure].",
    ],
)
def test_a_full_disk_is_named_wherever_it_shows(server: Any, words: str) -> None:
    server.stream(BUILD, event("launching", f"{words}\n"), event("failed", "Failed to launch image i\n"))
    assert (failure(server).hint or "").startswith("the host's disk is full: `status` shows")
    server.stream(BUILD, event("failed", f"{words}\n"))
    assert (failure(server).hint or "").startswith("the host's disk is full: `status` shows")


def test_a_session_that_wrote_too_much_is_told_from_a_full_disk(server: Any) -> None:
    words = "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.\n"
    server.stream(BUILD, event("failed", words))
    assert "`size` shows" in (failure(server).hint or "")


def test_of_two_failures_the_first_counts(server: Any) -> None:
    full = event("failed", "Too many users on this BinderHub! Try again soon.\n")
    server.stream(BUILD, full, event("failed", "Internal Server Error\n", status_code=500))
    assert "Too many users" in str(failure(server)) and "Internal Server Error" not in str(failure(server))


def test_a_connection_cut_in_the_middle_is_told_from_an_end(server: Any) -> None:
    server.stream(BUILD, event("building", "Step 1\n"), cut=True)
    cut = failure(server)
    assert re.search(r"the connection broke after \d s in phase 'building'", str(cut))
    assert "| Step 1" in str(cut)
    server.stream(BUILD, event("building", "Step 1\n"))
    assert "ended in phase 'building', neither ready nor failed" in str(failure(server))


def test_half_an_event_at_the_end_does_not_count(server: Any) -> None:
    server.stream(BUILD, ready.removesuffix(b"\n"))
    assert "neither ready nor failed" in str(failure(server))


@pytest.mark.parametrize(
    ("status", "kind", "words", "hint"),
    [
        (502, "text/html", "502 Bad Gateway: the entry answers, BinderHub behind it does not", "status"),
        (503, "text/plain", "503 Service Unavailable", "status"),
        (200, "text/html", "200 OK: an event stream was asked for, text/html came", "hostname"),
        (404, "text/plain", "404 Not Found: an event stream was asked for", "hostname"),
        (599, "", "599: an event stream was asked for, nothing named came", "hostname"),
    ],
)
def test_an_answer_that_is_not_binderhubs(server: Any, status: int, kind: str, words: str, hint: str) -> None:
    server.on(BUILD, status, "<html>oops</html>", kind)
    error = failure(server)
    assert words in str(error) and hint in (error.hint or "")


def test_a_closed_entry_says_why_and_how_it_is_opened(server: Any) -> None:
    server.on(BUILD, 503, closed_answer.written("Back soon."))
    error = failure(server)
    assert error.message == "Closed for maintenance. Back soon." and "take `maintenance` out" in (
        error.hint or ""
    )
    server.on(BUILD, 503, json.dumps(["no", "object"]))
    assert "BinderHub behind it does not" in str(failure(server))


def test_a_redirect_is_named_and_not_followed(server: Any) -> None:
    server.on(BUILD, 308, Location="https://hub.example.org/build")
    error = failure(server)
    assert "a redirect to https://hub.example.org/build" in str(error)
    assert "`url`" in (error.hint or "") and len(server.seen) == 1


def test_nobody_listening_is_said_at_once() -> None:
    with pytest.raises(LaunchError, match="no connection: ") as error:
        next(binder.launch("http://127.0.0.1:1", "o/r", None, 5))
    assert "status" in (error.value.hint or "")


def test_the_limit_holds_while_keepalives_come(server: Any) -> None:
    def beat() -> None:
        server.closing.wait(0.02)

    server.stream(BUILD, event("waiting", "Waiting\n"), *[beat, b":keepalive\n\n"] * 100)
    assert "not ready after 0 s, still in phase 'waiting'" in str(failure(server, 0.2))


def test_the_limit_holds_when_nothing_comes(server: Any) -> None:
    server.stream(BUILD, event("waiting", "Waiting\n"), server.closing.wait)
    started = time.monotonic()
    assert "not ready after 0 s" in str(failure(server, 0.2))
    assert time.monotonic() - started < 5


def test_silence_beyond_three_keepalives_is_an_error_of_its_own(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch_failures, "SILENCE_S", 0.1)
    server.stream(BUILD, event("waiting", "Waiting\n"), server.closing.wait)
    assert "not even a keepalive (phase 'waiting')" in str(failure(server))


def test_ready_without_a_session_is_an_error(server: Any) -> None:
    server.stream(BUILD, event("ready", "Done! Found built image\n", imageName="reg/i:1"))
    assert "API-only" in (failure(server).hint or "")
