"""With sign-in: the account of checks and `launch`, a user that exists at no sign-in provider.

binder-singlenode's service in the hub (values/sign_in.py) manages only this user, its tokens and its servers.
The service's token is in a Secret of the cluster, which only root on the host can read. The user's token
expires after two hours.
"""

from __future__ import annotations

import shlex
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from binder_singlenode.binderhub.http import client, reason
from binder_singlenode.binderhub.launch.events import Ready
from binder_singlenode.binderhub.session import stop_session
from binder_singlenode.errors import LaunchError
from binder_singlenode.layout import paths
from binder_singlenode.layout.names import HUB_SERVICE, HUB_USER

TOKEN_LIFE_S = 7200
TIMEOUT_S = 60.0

HINT = (
    "is the hub up? see `binder-singlenode status` and `binder-singlenode logs`; `up` makes the account again"
)


def secret_script(namespace: str) -> str:
    """Shell that prints the service's token; needs root on the host."""
    template = shlex.quote(f'{{{{index .data "hub.services.{HUB_SERVICE}.apiToken"}}}}')
    asked = f"{paths.K3S} kubectl get secret hub -n {namespace} -o go-template={template}"
    return f'secret=$({asked}) && printf %s "$secret" | base64 -d'


def token(hub_url: str, service_token: str) -> str:
    """Create a token of the user, and the user if it does not exist. Raises LaunchError."""
    user = f"users/{HUB_USER}"
    _ask("POST", hub_url, user, service_token, (HTTPStatus.CREATED, HTTPStatus.CONFLICT))
    wanted = {"expires_in": TOKEN_LIFE_S, "note": "a check or a launch by the operator"}
    answer = _ask("POST", hub_url, f"{user}/tokens", service_token, (HTTPStatus.CREATED,), wanted)
    try:
        return str(answer.json()["token"])
    except (ValueError, LookupError, TypeError) as error:
        raise _refused(answer, "no token in it") from error


def end_session(hub_url: str, ready: Ready, user_token: str | None) -> None:
    """End a session that was launched with `user_token`, or without sign-in (None). Raises LaunchError."""
    if user_token:
        remove_server(hub_url, ready.url, user_token)
    else:
        stop_session(ready.url, ready.token)


def remove_server(hub_url: str, session_url: str, user_token: str) -> None:
    """End the session and remove its server, so that it cannot be started again. Raises LaunchError."""
    name = urlsplit(session_url).path.rstrip("/").rpartition("/")[2]
    done = (HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND)
    _ask("DELETE", hub_url, f"users/{HUB_USER}/servers/{quote(name)}", user_token, done, {"remove": True})


def _ask(
    method: str, hub_url: str, path: str, key: str, fine: tuple[int, ...], data: dict[str, Any] | None = None
) -> httpx.Response:
    url = f"{hub_url}hub/api/{path}"
    try:
        with client(hub_url, TIMEOUT_S) as http:
            answer = http.request(method, url, json=data, headers={"Authorization": f"token {key}"})
    except httpx.HTTPError as error:
        raise LaunchError(f"no answer from the hub: {reason(error)}", where=url, hint=HINT) from error
    if answer.status_code not in fine:
        raise _refused(answer, "it does not let the tool sign in")
    return answer


def _refused(answer: httpx.Response, why: str) -> LaunchError:
    where = str(answer.request.url)
    return LaunchError(f"the hub answers {answer.status_code}: {why}", where=where, hint=HINT)
