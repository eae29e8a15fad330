"""Downloads over HTTPS: small documents into memory, large files to disk, resumed after an interruption.

Downloads are not trusted: a file is used only after its digest was verified (cache.py). httpx reads proxies
and certificates from the environment.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import httpx

from binder_singlenode.errors import BundleError

DOCUMENT_MAX_BYTES = 64 * 1024 * 1024
FILE_MAX_BYTES = 4 * 1024**3
CONNECT_TIMEOUT_S = 15.0
READ_TIMEOUT_S = 60.0
ATTEMPTS = 3
PAUSE_S = 1.0

WITHOUT_INTERNET = "Try again, or install from a folder with --bundle DIR, which needs no internet."


class Fetch(Protocol):
    """Interface that cache.py and resolve.py need; tests pass their own implementation."""

    def __call__(self, url: str) -> bytes:
        """Download a small document."""

    def into(self, url: str, path: Path) -> None:
        """Append the missing part of the file at `url` to `path`."""


class Fetcher:
    """A Fetch over httpx. `transport` and `pause` are for tests."""

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        timeout = httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S)
        self._client = httpx.Client(transport=transport, timeout=timeout, follow_redirects=True)
        self._pause = pause

    def __call__(self, url: str) -> bytes:
        """Download a small document. Raises BundleError."""
        body = bytearray()

        def read() -> None:
            body.clear()
            with self._stream(url) as response:
                for chunk in response.iter_bytes():
                    body.extend(chunk)
                    if len(body) > DOCUMENT_MAX_BYTES:
                        raise BundleError(f"it is larger than {DOCUMENT_MAX_BYTES} bytes", where=url)

        self._again(url, read)
        return bytes(body)

    def into(self, url: str, path: Path) -> None:
        """Append the missing part of the file at `url` to `path`. Raises BundleError."""
        self._again(url, lambda: self._append(url, path))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _append(self, url: str, path: Path) -> None:
        have = path.stat().st_size if path.exists() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        with self._stream(url, headers) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # the file is complete or a different one; its digest is checked later
            resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
            with path.open("ab" if resumed else "wb") as file:
                for chunk in response.iter_raw():
                    file.write(chunk)
                    if file.tell() > FILE_MAX_BYTES:
                        raise BundleError(f"it is larger than {FILE_MAX_BYTES} bytes", where=url)

    @contextmanager
    def _stream(self, url: str, headers: dict[str, str] | None = None) -> Iterator[httpx.Response]:
        # identity: the digest is that of the file, not of a compressed transfer.
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        with self._client.stream("GET", url, headers=sent) as response:
            if url.startswith("https:") and response.url.scheme != "https":
                raise BundleError(f"the server sends us on to {response.url}, without TLS", where=url)
            if response.status_code not in (200, 206, 416):
                response.raise_for_status()
            yield response

    def _again(self, url: str, action: Callable[[], None]) -> None:
        """Run `action`; after a connection error or from a busy server, retry with growing pauses."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return action()
            except (httpx.HTTPError, OSError) as error:
                if attempt == ATTEMPTS or not _passes(error):
                    raise _told(url, error) from error
            self._pause(PAUSE_S * 2 ** (attempt - 1))
        return None


def _passes(error: Exception) -> bool:
    """Whether another attempt may succeed."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500 or error.response.status_code in (408, 429)
    return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


def _told(url: str, error: Exception) -> BundleError:
    """Convert a download error to a BundleError: what happened, where, and what to do."""
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        if status in (404, 410):
            return BundleError("there is no such file (404)", where=url, hint=WITHOUT_INTERNET)
        return BundleError(f"the server answers {status}", where=url, hint=WITHOUT_INTERNET)
    if isinstance(error, httpx.TimeoutException):
        return BundleError("the server does not answer in time", where=url, hint=WITHOUT_INTERNET)
    if isinstance(error, httpx.ConnectError):
        return BundleError(f"no connection: {error}", where=url, hint=WITHOUT_INTERNET)
    if isinstance(error, httpx.HTTPError):
        return BundleError(f"the connection broke: {error}", where=url, hint=WITHOUT_INTERNET)
    return disk_error(error, url)


def disk_error(error: Exception, where: str) -> BundleError:
    """Convert an OSError while writing to a BundleError."""
    number = getattr(error, "errno", None)
    file = getattr(error, "filename", None) or where
    if number in (errno.ENOSPC, errno.EDQUOT):
        return BundleError(
            "the disk is full",
            where=str(file),
            hint="Free some space; the download continues where it stopped. XDG_CACHE_HOME moves the cache.",
        )
    reason = getattr(error, "strerror", None) or str(error)
    return BundleError(f"it can't be written: {reason}", where=str(file), hint="Is the cache folder yours?")
