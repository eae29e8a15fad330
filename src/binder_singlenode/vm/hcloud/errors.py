"""Errors of the Hetzner Cloud API, which name the next step and never contain the token."""

from __future__ import annotations

from collections.abc import Callable

from binder_singlenode.errors import VmError

TOKEN_HINT = "export a Read & Write token of the right project as HCLOUD_TOKEN"  # noqa: S105  no token
HINTS = {
    "resource_limit_exceeded": "the project's limit is reached: `vm reap`, delete something,"
    " or ask Hetzner for a higher limit (console: Limits)",
    "protected": "its delete protection is on: turn it off in the Hetzner console, then repeat",
    "rate_limit_exceeded": "the project's hourly quota of requests is used up: wait, then repeat",
}
# Error codes (https://docs.hetzner.cloud, "Errors", "Servers") after which another type or location may work.
NO_ROOM_CODES = frozenset({"resource_unavailable", "placement_error", "no_space_left_in_location"})
# The same refusals also come as invalid_input, recognisable only by the message.
NO_ROOM_WORDS = (
    "unsupported location",
    "location disabled",
    "is deprecated",
    "unavailable in",
    "during placement",
)


class ApiError(VmError):
    """The API refused or did not respond. `code` is Hetzner's error code, or the HTTP status."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        unknown: bool = False,
    ) -> None:
        super().__init__(message, where=where, hint=hint or HINTS.get(code))
        self.code = code
        self.unknown_outcome = unknown

    @property
    def no_room(self) -> bool:
        """Whether another server type or location may work."""
        words = self.message.lower()
        return self.code in NO_ROOM_CODES or (
            self.code == "invalid_input" and any(word in words for word in NO_ROOM_WORDS)
        )


class ActionError(ApiError):
    """An action (Hetzner's term for work that continues after the response) failed or timed out."""

    def __init__(self, command: str, action_id: int, code: str | None, message: str) -> None:
        reason = f"{message} ({code})" if code else message
        super().__init__(code or "action_failed", f"action {command} (id {action_id}): {reason}")
        self.command = command
        self.action_id = action_id


class LostAnswer(ApiError):
    """A POST was sent, and it is unknown whether it was carried out."""

    @classmethod
    def of(cls, failure: ApiError) -> LostAnswer:
        """`failure` as a LostAnswer."""
        return cls(failure.code, failure.message, where=failure.where, hint=failure.hint, unknown=True)


_REASONS = (
    ("NameResolutionError", "its name cannot be resolved"),
    ("Name or service not known", "its name cannot be resolved"),
    ("Connection refused", "the connection was refused"),
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted"),
    ("ProxyError", "the proxy refused the connection"),
    ("unreachable", "there is no route to it"),
    ("imed out", "it took too long"),
    ("reset", "the connection was cut"),
    ("RemoteDisconnected", "the connection was cut"),
    ("IncompleteRead", "the connection was cut"),
)


def api_error(
    error: Exception, method: str, url: str, status: int | None, hide: Callable[[str], str]
) -> ApiError:
    """An exception of the hcloud library or of requests as ApiError. Any other is a bug and is re-raised."""
    import requests
    from hcloud import APIException

    where = f"{method} {url}"
    if isinstance(error, APIException):
        return _refusal(error.code, hide(str(error)), where, status)
    if isinstance(error, (KeyError, TypeError)) and status is not None:
        return ApiError(str(status), "the answer has no known form", where=where, unknown=True)
    if not isinstance(error, requests.RequestException):
        raise error
    lost = isinstance(
        error, (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    )
    return ApiError(
        "no_answer", f"the Hetzner Cloud API did not answer: {_reason(error)}", where=where, unknown=lost,
        hint="check the network and https://status.hetzner.com, then repeat: nothing is made twice",
    )  # fmt: skip


def _reason(error: Exception) -> str:
    """The cause in words; the library's own text is a chain of Python objects."""
    text = str(error)
    for part, words in _REASONS:
        if part in text:
            return words
    return f"the connection failed ({type(error).__name__})"


def _refusal(code: int | str, message: str, where: str, status: int | None) -> ApiError:
    if code == "unauthorized" or status == 401:
        return ApiError(
            "unauthorized", f"the token in HCLOUD_TOKEN is not valid: {message}", where=where, hint=TOKEN_HINT
        )
    if code in ("forbidden", "token_readonly", 403):  # other codes come with 403 too: resource_limit_exceeded
        text = f"the token in HCLOUD_TOKEN may not do this (a read-only token?): {message}"
        return ApiError("forbidden", text, where=where, hint=TOKEN_HINT)
    if status == 429:
        return ApiError("rate_limit_exceeded", message, where=where)
    if status == 404:
        return ApiError("not_found", message, where=where)
    broken_success = isinstance(code, int) and code < 400  # 2xx, but the body is not JSON: it was carried out
    named = isinstance(code, str) and code in NO_ROOM_CODES  # sometimes sent with 503: the outcome is known
    unknown = broken_success or ((status or 0) >= 500 and not named)
    return ApiError(str(code), message, where=where, unknown=unknown)


def gave_up(failure: ApiError, why: str) -> ApiError:
    """The error after all retries, made from the last failure."""
    return ApiError(
        failure.code,
        f"{failure.message}; gave up ({why})",
        where=failure.where,
        unknown=failure.unknown_outcome,
        hint=failure.hint or "see https://status.hetzner.com, then repeat: nothing is made twice",
    )
