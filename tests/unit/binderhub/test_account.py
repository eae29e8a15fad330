"""The account that launches where people sign in."""

import json
from typing import Any

import pytest

from binder_singlenode.binderhub import account
from binder_singlenode.binderhub.launch import stream
from binder_singlenode.errors import LaunchError
from binder_singlenode.layout import names

USER = f"/jupyter/hub/api/users/{names.HUB_USER}"


def hub(server: Any) -> str:
    return f"{server.url}/jupyter/"


@pytest.mark.parametrize("status", [201, 409])
def test_the_user_is_made_when_need_be_and_gets_a_token_that_ends(server: Any, status: int) -> None:
    server.on(USER, status=status)
    server.on(f"{USER}/tokens", status=201, body='{"token": "t0k"}')
    assert account.token(hub(server), "service") == "t0k"
    assert {each.headers["authorization"] for each in server.seen} == {"token service"}
    assert json.loads(server.seen[-1].body)["expires_in"] == 7200


def test_a_hub_that_refuses_is_quoted(server: Any) -> None:
    server.on(USER, status=403)
    with pytest.raises(LaunchError, match="the hub answers 403: it does not let the tool sign in"):
        account.token(hub(server), "service")


def test_a_token_that_is_none(server: Any) -> None:
    server.on(USER, status=201)
    server.on(f"{USER}/tokens", status=201, body="[]")
    with pytest.raises(LaunchError, match="the hub answers 201: no token in it"):
        account.token(hub(server), "service")


def test_no_hub(server: Any) -> None:
    server.http.server_close()
    with pytest.raises(LaunchError, match="no answer from the hub"):
        account.token(hub(server), "service")


def test_a_launch_and_its_session_are_the_users(server: Any) -> None:
    ready = {"phase": "ready", "message": "", "url": f"{hub(server)}user/u/s/", "token": "not-used"}
    server.stream("/build/gh/o/r/HEAD", f"data: {json.dumps(ready)}\n\n".encode())
    session = stream.launch_to_ready(server.url, "o/r", token="t0k")
    assert session.token == "t0k"
    assert server.seen[-1].headers["authorization"] == "token t0k"


def test_the_session_leaves_nothing_to_start_again(server: Any) -> None:
    server.on(f"{USER}/servers/o-r-x1", status=204)
    account.remove_server(hub(server), f"{hub(server)}user/{names.HUB_USER}/o-r-x1/", "t0k")
    asked = server.seen[-1]
    assert (asked.method, asked.headers["authorization"]) == ("DELETE", "token t0k")
    assert json.loads(asked.body) == {"remove": True}
