"""GET /health and GET /versions of BinderHub (its health.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import httpx

from binder_singlenode.binderhub.http import NOT_RUNNING_HINT, client, not_binderhub, reason
from binder_singlenode.errors import LaunchError

Answer = TypeVar("Answer")
TIMEOUT_S = 30.0  # a check inside /health waits 3 s and is tried three times


@dataclass(frozen=True)
class HealthCheck:
    """One check in /health."""

    service: str
    ok: bool
    counts: bool
    """False for the pod quota: over quota, the hub is full but not unhealthy."""


@dataclass(frozen=True)
class Health:
    """The answer of /health. `ok` is BinderHub's own result."""

    ok: bool
    checks: tuple[HealthCheck, ...]
    user_pods: int | None
    build_pods: int | None
    quota: int | None

    @property
    def failing(self) -> tuple[str, ...]:
        """The services that make the hub unhealthy."""
        return tuple(check.service for check in self.checks if check.counts and not check.ok)


@dataclass(frozen=True)
class Versions:
    """The answer of /versions."""

    binderhub: str
    build_image: str


def health(base_url: str, timeout_s: float = TIMEOUT_S) -> Health:
    """Query /health; a 503 with BinderHub's JSON is valid too. Raises LaunchError for any other answer."""
    return _ask(base_url, "/health", timeout_s, (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE), _health_from)


def _health_from(answer: dict[str, Any]) -> Health:
    rows: list[dict[str, Any]] = answer["checks"]
    pods = next((row for row in rows if row["service"] == "Pod quota"), {})
    return Health(
        ok=bool(answer["ok"]),
        checks=tuple(map(_check_from, rows)),
        user_pods=pods.get("user_pods"),
        build_pods=pods.get("build_pods"),
        quota=pods.get("quota"),
    )


def _check_from(row: dict[str, Any]) -> HealthCheck:
    return HealthCheck(str(row["service"]), bool(row["ok"]), not row.get("_ignore_failure", False))


def versions(base_url: str, timeout_s: float = TIMEOUT_S) -> Versions:
    """Query /versions. Raises LaunchError."""
    return _ask(base_url, "/versions", timeout_s, (HTTPStatus.OK,), _versions_from)


def _versions_from(answer: dict[str, Any]) -> Versions:
    info = answer.get("builder_info") or {}
    return Versions(str(answer["binderhub"]), str(info.get("build_image") or answer.get("builder") or ""))


def _ask(
    base_url: str,
    path: str,
    timeout_s: float,
    accepted: tuple[int, ...],
    read: Callable[[dict[str, Any]], Answer],
) -> Answer:
    url = base_url.rstrip("/") + path
    try:
        with client(base_url, timeout_s) as http:
            response = http.get(url, headers={"Accept": "application/json"})
    except httpx.HTTPError as error:
        raise LaunchError(f"no answer: {reason(error)}", where=url, hint=NOT_RUNNING_HINT) from error
    if response.status_code not in accepted:
        raise not_binderhub(response, "BinderHub's answer is JSON with 200")
    try:
        return read(response.json())
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise not_binderhub(response, f"not what BinderHub answers at {path}") from error
