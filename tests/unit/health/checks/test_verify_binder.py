"""The checks of BinderHub: its pages, real launches, and what sessions leave behind."""

import json
import signal
import threading
from typing import Any

import pytest

from binder_singlenode.layout import names

from .good_host import GIB, items
from .verify_bed import LAUNCH, Bed, outcomes


def test_two_launches_and_no_session_left(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Found built image, launching...\n")
    report = bed.verify("binder", repo="o/r")
    assert [result.message for result in report.failed] == []
    skipped = [result for result in report.results if result.outcome == "skipped"]
    assert [(each.name, "speak r" in each.message) for each in skipped] == [
        ("binder::session_environment", True),
        ("binder::session_reaches_nothing_inside", True),
        ("binder::session_names", True),
    ]
    posts = [each.path for each in bed.server.seen if each.method == "POST"]
    assert posts and set(posts) == {"/user/x/api/shutdown"}


def test_a_second_build_is_found_out_and_its_session_stopped_too(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Built image, launching...\n")
    report = bed.verify("binder", repo="o/r")
    assert [result.name for result in report.failed] == ["binder::second_launch_builds_nothing"]
    assert "built again" in report.failed[0].message


def test_memory_that_is_not_what_was_promised(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Found built image, launching...\n")
    report = bed.verify("binder", repo="o/r", guarantee_bytes=GIB // 2)
    messages = {result.name: result.message for result in report.failed}
    assert messages == {
        "binder::session_memory": "the pod has guarantee and limit 1 GiB and 2 GiB, not 512 MiB and 2 GiB",
    }


def test_an_archive_that_holds_more_than_it_may(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Found built image, launching...\n")
    bed.answers(r"launches-", json.dumps({**LAUNCH, "ip": "192.0.2.9"}) + "\n")
    (only,) = bed.verify("binder", repo="o/r").failed
    assert only.name == "binder::launch_is_archived" and "holds ip:" in only.message


def test_an_archive_with_yesterdays_launches_only(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Found built image, launching...\n")
    bed.answers(r"launches-", json.dumps({**LAUNCH, "timestamp": "2026-01-01T00:00:00Z"}) + "\n")
    (only,) = bed.verify("binder", repo="o/r").failed
    assert "does not name the launch of o/r/HEAD" in only.message


def test_what_a_session_leaves_behind_is_named(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n", "Found built image, launching...\n")
    bed.answers(r"^for pod in", "/var/log/pods/binder_jupyter-x_uid\n")
    (only,) = bed.verify("binder", repo="o/r").failed
    assert only.name == "binder::sessions_leave_nothing" and "binder_jupyter-x_uid" in only.message


def test_a_page_that_sets_a_cookie_or_asks_for_a_login(bed: Bed) -> None:
    bed.server.on("/", body="", Set_Cookie="who=me")
    (only,) = bed.verify("binder").failed
    assert (only.name, only.message) == ("binder::no_login", "/ sets a cookie")
    bed.server.on("/", 302, Location="/hub/login")
    assert "answers 302 to a stranger" in bed.verify("binder").failed[0].message
    assert bed.verify("binder", sign_in=True).ok


def test_closed_for_maintenance_as_the_host_file_says(bed: Bed) -> None:
    (only,) = bed.verify("binder", closed=True).failed
    assert (only.name, "says closed, and visitors are let in" in only.message) == ("binder::open", True)
    bed.server.on("/", 503, json.dumps({"message": "Closed. Back soon.", "closed": True}))
    report = bed.verify("binder", closed=True, repo="o/r")
    assert report.ok and outcomes(report)["binder::launch"] == "skipped"
    said = {each.name: each.message for each in bed.verify("binder").failed}
    assert "says open, and visitors are told: Closed. Back soon." in said["binder::open"]


def test_a_launch_that_fails_shows_binderhubs_sentence_once(bed: Bed) -> None:
    failed = json.dumps({"phase": "failed", "message": "Could not resolve ref for gh:o/r/HEAD.\n"})
    bed.server.stream("/build/gh/o/r/HEAD", f"data: {failed}\n\n".encode())
    report = bed.verify("binder", repo="o/r")
    (only,) = report.failed
    assert (
        only.name == "binder::launch" and "Could not resolve ref" in only.message and "next: " in only.message
    )


def test_a_hub_that_is_down_or_has_another_quota(bed: Bed) -> None:
    failing = bed.verify("binder", quota=4).failed
    assert [each.message.split(":")[0] for each in failing] == ["BinderHub's quota is 3 sessions, not 4"]
    bed.server.on("/health", 502, "<html>", "text/html")
    assert "502 Bad Gateway" in bed.verify("binder").failed[0].message


def test_ctrl_c_stops_the_sessions_first(bed: Bed) -> None:
    bed.hub_launches("Built image, launching...\n")
    main = threading.main_thread().ident
    assert main is not None

    def interrupt(request: Any) -> None:
        if not bed.server.closing.is_set() and not stopping.is_set():
            stopping.set()
            signal.pthread_kill(main, signal.SIGINT)
        bed.server.closing.wait(20)

    stopping = threading.Event()
    bed.server.routes["/user/x/api"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        bed.verify("binder", repo="o/r")
    assert [each.path for each in bed.server.seen if each.method == "POST"] == ["/user/x/api/shutdown"]


def test_where_people_sign_in_the_checks_launch_with_an_account(bed: Bed) -> None:
    user = f"/jupyter/hub/api/users/{names.HUB_USER}"
    bed.answers("get secret hub", "service-token")
    bed.server.on(user, status=409)
    bed.server.on(f"{user}/tokens", status=201, body='{"token": "t0k"}')
    bed.server.on(f"{user}/servers/x", status=204)
    bed.answers("get pods -n binder -l", items())
    bed.hub_launches("found", "found")
    report = bed.verify("binder", sign_in=True, repo="o/r")
    assert outcomes(report)["binder::launch"] == "passed"
    launches = [each for each in bed.server.seen if each.path.startswith("/build/")]
    assert {each.headers["authorization"] for each in launches} == {"token t0k"}
    assert any(each.method == "DELETE" for each in bed.server.seen)
