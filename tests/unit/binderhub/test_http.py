"""Health, versions and the session itself."""

import json
import signal
import threading
from typing import Any

import pytest

from binder_singlenode.binderhub.launch import stream
from binder_singlenode.errors import LaunchError

HEALTH = {
    "ok": True,
    "checks": [
        {"service": "Docker registry", "ok": True},
        {"service": "JupyterHub API", "ok": True},
        {
            "service": "Pod quota",
            "total_pods": 5,
            "build_pods": 1,
            "user_pods": 4,
            "quota": 3,
            "ok": False,
            "_ignore_failure": True,
        },
    ],
}


def test_health_is_read_and_being_full_is_not_being_ill(server: Any) -> None:
    server.on("/health", body=json.dumps(HEALTH))
    health = stream.health(server.url + "/")
    assert health.ok and health.failing == ()
    assert (health.user_pods, health.build_pods, health.quota) == (4, 1, 3)


def test_a_503_of_binderhubs_own_is_an_answer(server: Any) -> None:
    checks = [{"service": "JupyterHub API", "ok": False}]
    server.on("/health", 503, json.dumps({"ok": False, "checks": checks}))
    health = stream.health(server.url)
    assert not health.ok and health.failing == ("JupyterHub API",) and health.quota is None


def test_a_503_of_somebody_elses_is_an_error(server: Any) -> None:
    server.on("/health", 503, "<html>", "text/html")
    with pytest.raises(LaunchError, match="503 Service Unavailable: the entry answers"):
        stream.health(server.url)


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"ok": true, "checks": [1]}'])
def test_health_that_is_not_binderhubs(server: Any, body: str) -> None:
    server.on("/health", body=body)
    with pytest.raises(LaunchError, match="not what BinderHub answers at /health"):
        stream.health(server.url)


def test_versions(server: Any) -> None:
    server.on("/versions", body=json.dumps({"builder_info": {"build_image": "r2d:1"}, "binderhub": "1.0"}))
    assert stream.versions(server.url) == stream.Versions("1.0", "r2d:1")


def test_versions_elsewhere_or_nowhere(server: Any) -> None:
    with pytest.raises(LaunchError, match="404 Not Found"):
        stream.versions(server.url)
    with pytest.raises(LaunchError, match="no answer: "):
        stream.versions("http://127.0.0.1:1")


def test_a_proxy_of_the_environment_is_not_asked_for_this_computer(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.on("/versions", body=json.dumps({"binderhub": "1.0", "builder": "b"}))
    assert stream.versions(server.url).build_image == "b"


def test_a_session_is_asked_until_it_answers(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binder_singlenode.binderhub.session.POLL_S", 0.01)

    def start_at_the_third(request: Any) -> None:
        if len(server.seen) == 3:
            server.on("/user/x/api", body='{"version": "2.14"}')
        request.send_response(503)
        request.send_header("Content-Length", "0")
        request.end_headers()

    server.routes["/user/x/api"] = start_at_the_third
    assert stream.session_answers(server.url + "/user/x/", "tok", 10) == "2.14"
    assert {each.headers["authorization"] for each in server.seen} == {"token tok"}
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    ("status", "body", "why"), [(424, "", "status 424"), (200, "[]", "not a Jupyter server's")]
)
def test_a_session_that_never_answers(server: Any, status: int, body: str, why: str) -> None:
    server.on("/user/x/api", status, body)
    with pytest.raises(LaunchError, match=f"did not answer in 0 s: .*{why}") as error:
        stream.session_answers(server.url + "/user/x/", "tok", 0)
    assert "tok" not in str(error.value)


@pytest.mark.parametrize(("status", "stopped"), [(200, True), (404, False), (424, False), (503, False)])
def test_stopping_a_session(server: Any, status: int, stopped: bool) -> None:
    server.on("/user/x/api/shutdown", status)
    assert stream.stop_session(server.url + "/user/x/", "tok") is stopped
    assert server.seen[0].method == "POST"


def test_a_session_is_gone_when_the_hub_refuses_in_its_place(server: Any) -> None:
    """JupyterHub 5 in front of a server that it has stopped."""
    server.on("/user/x/api/shutdown", 403, "'_xsrf' argument missing from POST")
    server.on("/user/x/api", 302, Location="/hub/user/x/api")
    assert stream.stop_session(server.url + "/user/x/", "tok") is False


def test_a_session_that_will_not_stop(server: Any) -> None:
    server.on("/user/x/api/shutdown", 403)
    server.on("/user/x/api", body='{"version": "2.14"}')
    with pytest.raises(LaunchError, match="did not take the order to stop: status 403") as error:
        stream.stop_session(server.url + "/user/x/", "tok")
    assert "idle_timeout" in (error.value.hint or "")
    with pytest.raises(LaunchError, match="did not take the order"):
        stream.stop_session("http://127.0.0.1:1/", "tok")


def test_ctrl_c_while_a_session_starts_frees_its_place(server: Any) -> None:
    def interrupt(request: Any) -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        server.closing.wait(5)

    server.routes["/user/x/api"] = interrupt
    server.on("/user/x/api/shutdown")
    with pytest.raises(KeyboardInterrupt):
        stream.answers_or_stops(server.url + "/user/x/", "tok")
    assert [each.path for each in server.seen if each.method == "POST"] == ["/user/x/api/shutdown"]
