"""The Hetzner Cloud API with one retry policy: retry what is safe, look up the result of a lost POST.

The hcloud library retries any method, including POST, after a timeout or a 502/504. A POST whose response was
lost may have made a server. So the library makes one attempt, and this module retries (docs/adr/0501).

A request that the API refused before doing anything (429, conflict, locked) is retried with any method. After
a lost response or a 5xx, GET, PUT and DELETE are retried; POST raises LostAnswer, and `create_or_find`
searches for what the POST may have created.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, TypeVar
from urllib.parse import urlsplit

from binder_singlenode.base import transcript
from binder_singlenode.errors import VmError
from binder_singlenode.vm.hcloud.clock import POLL_S, Clock, SystemClock
from binder_singlenode.vm.hcloud.errors import ApiError, LostAnswer, api_error, gave_up

T = TypeVar("T")

TOKEN_VARIABLE = "HCLOUD_TOKEN"  # noqa: S105  the variable's name, not a token
ENDPOINT_VARIABLE = "HCLOUD_ENDPOINT"  # the name that Hetzner's own command line tool reads
ENDPOINT = "https://api.hetzner.cloud/v1"
TIMEOUT_S = (10.0, 60.0)  # to connect, to read: POST /servers may take tens of seconds
PATIENCE_S = 300.0  # for one request that is temporarily refused, with all its retries
SILENCE_S = 90.0  # for one request that gets no response, or a 5xx, with all its retries
RATE_WAIT_S = 60.0  # the quota refills every second, so a minute is enough to continue
BACKOFF_S = 30.0
LOOKS_S = (0.0, 1.0, 2.0, 4.0, 8.0)  # pauses before each search for what a lost POST may have created
POST_TRIES = 4
REFUSED = frozenset({"rate_limit_exceeded", "conflict", "locked"})  # nothing was done: safe to retry
SAFE_METHODS = frozenset({"GET", "PUT", "DELETE"})  # idempotent


def token_from(environment: Mapping[str, str] | None = None) -> str:
    """The API token; VmError, which never shows the token, if it is missing or malformed."""
    token = (os.environ if environment is None else environment).get(TOKEN_VARIABLE, "").strip()
    hint = f"export {TOKEN_VARIABLE}=… with a Read & Write token (Hetzner console: Security, API tokens)"
    if not token:
        raise VmError(f"the environment variable {TOKEN_VARIABLE} is not set", hint=hint)
    if not re.fullmatch(r"[!-~]+", token):
        raise VmError(f"{TOKEN_VARIABLE} contains a space or line break", hint=hint)
    return token


def without_token() -> dict[str, str]:
    """The environment without the API token, for programs that do not use the API."""
    return {name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE}


def endpoint_from(environment: Mapping[str, str] | None = None) -> str:
    """The API's address. VmError if the token would leave this computer unencrypted."""
    endpoint = (os.environ if environment is None else environment).get(ENDPOINT_VARIABLE) or ENDPOINT
    parts = urlsplit(endpoint)
    here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme == "https" or (parts.scheme == "http" and here):
        return endpoint.rstrip("/")
    raise VmError(
        f"{ENDPOINT_VARIABLE}={endpoint} would send the token unencrypted",
        hint=f"use an https:// address, or unset {ENDPOINT_VARIABLE}",
    )


class Api:
    """hcloud's resource clients (`client.servers`, …); every request follows this module's retry policy."""

    def __init__(
        self,
        token: str,
        *,
        endpoint: str = ENDPOINT,
        clock: Clock | None = None,
        timeout_s: tuple[float, float] = TIMEOUT_S,
    ) -> None:
        import hcloud

        self.clock: Clock = clock or SystemClock()
        self.client: Any = hcloud.Client(  # Any: the library types nearly every field as optional
            token=token,
            api_endpoint=endpoint,
            timeout=timeout_s,
            application_name="binder-singlenode",
            application_version=version("binder-singlenode"),
            poll_interval=self._pause,
        )
        self.hide: Callable[[str], str] = lambda text: text.replace(token, "***")
        # The library has no public option to disable its retries; a test fails if these private names change.
        base: Any = self.client._client
        base._retry_max_retries = 0
        self._send: Callable[..., dict[str, Any]] = base.request
        base.request = self._request

    def _pause(self, retries: int) -> float:
        """The library's waiting for an action, on this clock: what is left for the library to sleep."""
        self.clock.sleep(POLL_S)
        return 0.0

    def _request(self, method: str, url: str, **kwargs: Any) -> dict[str, Any]:
        started, attempt = self.clock.now(), 0
        while True:
            seen: dict[str, Any] = {"status": None, "headers": {}}

            def remember(response: Any, *_: Any, seen: dict[str, Any] = seen, **__: Any) -> None:
                seen.update(status=response.status_code, headers=dict(response.headers))

            try:
                return self._send(method=method, url=url, hooks={"response": remember}, **kwargs)
            except Exception as error:
                failure = api_error(error, method, url, seen["status"], self.hide)
            finally:
                transcript.request(method, url, seen["status"])
            _may_repeat(failure, method)
            wait_s = self._wait_s(failure, seen["headers"], attempt)
            limit_s = SILENCE_S if failure.unknown_outcome else PATIENCE_S
            if self.clock.now() + wait_s > started + limit_s:
                raise gave_up(failure, f"next try in {wait_s:.0f} s, limit {limit_s:.0f} s")
            self.clock.sleep(wait_s)
            attempt += 1

    def _wait_s(self, failure: ApiError, headers: Mapping[str, str], attempt: int) -> float:
        lower = {key.lower(): value for key, value in headers.items()}
        if failure.code == "rate_limit_exceeded":
            if (retry_after := lower.get("retry-after", "")).isdigit():
                return max(float(retry_after), 1.0)
            if (reset := lower.get("ratelimit-reset", "")).isdigit():
                return min(max(float(reset) - self.clock.now(), 1.0), RATE_WAIT_S)
        return min(2.0**attempt, BACKOFF_S)

    def create_or_find(self, what: str, create: Callable[[], T], find: Callable[[], T | None]) -> T:
        """POST with `create`. If its response is lost, return what `find` finds; POST again if that is None.

        Names are unique in a project, so a second POST cannot create a second resource: it fails with
        uniqueness_error, and the first resource is found. VmError if the name belongs to another resource.
        """
        last: ApiError | None = None
        for _ in range(POST_TRIES):
            try:
                return create()
            except ApiError as error:
                if not isinstance(error, LostAnswer) and error.code != "uniqueness_error":
                    raise
                last = error
            if (found := self._look(find)) is not None:
                return found
            if last.code == "uniqueness_error":
                raise VmError(
                    f"the name of the {what} is taken by one that this run did not make: {last.message}",
                    where=last.where,
                    hint="choose another name, or remove that one: `vm list`, `vm destroy`, or the console",
                )
        assert last is not None
        raise gave_up(last, f"sent {POST_TRIES} times, and looked each time for what it may have made")

    def _look(self, find: Callable[[], T | None]) -> T | None:
        for wait_s in LOOKS_S:
            if wait_s:
                self.clock.sleep(wait_s)
            if (found := find()) is not None:
                return found
        return None


def _may_repeat(failure: ApiError, method: str) -> None:
    if failure.code in REFUSED:
        return
    if not failure.unknown_outcome:
        raise failure
    if method not in SAFE_METHODS:
        raise LostAnswer.of(failure)
