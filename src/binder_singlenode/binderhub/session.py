"""A running session from outside: check that its Jupyter server answers, and stop it."""

import contextlib
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from binder_singlenode.binderhub.http import client, reason
from binder_singlenode.errors import LaunchError

POLL_S = 0.5
REQUEST_TIMEOUT_S = 20.0
# the hub's answers for a server that is not there (424), is starting or stopping (503), or is unknown (404)
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.FAILED_DEPENDENCY, HTTPStatus.SERVICE_UNAVAILABLE)


def username(session_url: str) -> str:
    """The JupyterHub user that owns the session: …/user/<name>/"""
    return urlsplit(session_url).path.partition("/user/")[2].split("/")[0]


def session_answers(url: str, token: str, timeout_s: float = 60.0) -> str:
    """Query {url}api until the Jupyter server answers; returns its version.

    Raises LaunchError after `timeout_s` seconds.
    """
    limit = time.monotonic() + timeout_s
    while True:
        version, why = _version(url, token)
        if version is not None:
            return version
        if time.monotonic() >= limit:
            raise LaunchError(
                f"the session did not answer in {timeout_s:.0f} s: {why}",
                where=url,
                hint="the hub says that it runs: see `logs hub`, and `logs entry` for the way there",
            )
        time.sleep(POLL_S)


def answers_or_stops(url: str, token: str, timeout_s: float = 60.0) -> str:
    """session_answers() for `launch`: Ctrl-C stops the session, so that its place becomes free."""
    try:
        return session_answers(url, token, timeout_s)
    except KeyboardInterrupt:
        with contextlib.suppress(LaunchError):
            stop_session(url, token)
        raise


def _version(url: str, token: str) -> tuple[str | None, str]:
    """The server's version, or None and the reason."""
    try:
        response = _request("GET", url, "api", token)
        if response.status_code != HTTPStatus.OK:
            return None, f"status {response.status_code}"
        return str(response.json()["version"]), ""
    except httpx.HTTPError as error:
        return None, reason(error)
    except (ValueError, LookupError, TypeError):
        return None, "its answer is not a Jupyter server's"


def stop_session(url: str, token: str) -> bool:
    """End the session, which frees its place at once; False when it was gone already. Raises LaunchError."""
    try:
        response = _request("POST", url, "api/shutdown", token)
    except httpx.HTTPError as error:
        raise _not_stopped(url, reason(error)) from error
    if response.is_success:
        return True
    if response.status_code in _GONE or _is_hubs(response, url, token):
        return False
    raise _not_stopped(url, f"status {response.status_code}")


def _is_hubs(refusal: httpx.Response, url: str, token: str) -> bool:
    """Whether JupyterHub answers in place of a server that is gone: it refuses a POST without a cookie (403),
    and redirects a GET to a page of its own."""
    if refusal.status_code != HTTPStatus.FORBIDDEN:
        return False
    try:
        response = _request("GET", url, "api", token)
    except httpx.HTTPError:
        return False
    return response.has_redirect_location or response.status_code in _GONE


def _not_stopped(url: str, why: str) -> LaunchError:
    return LaunchError(
        f"the session did not take the order to stop: {why}",
        where=url,
        hint="nothing is lost: the hub ends idle sessions by itself after sessions.idle_timeout",
    )


def wait_for(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Poll until `condition` is true; False after `timeout_s` seconds."""
    limit = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() >= limit:
            return False
        time.sleep(POLL_S)
    return True


def _request(method: str, url: str, path: str, token: str) -> httpx.Response:
    with client(url, REQUEST_TIMEOUT_S) as http:
        return http.request(method, url.rstrip("/") + "/" + path, headers={"Authorization": f"token {token}"})
