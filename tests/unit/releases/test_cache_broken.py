"""Servers, connections, disks and runs that break: taken up again, or said."""

import errno
import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.errors import BundleError
from binder_singlenode.releases.http import ATTEMPTS, Fetcher

from .download_server import (
    CONTENT,
    SHA256,
    Handler,
    Server,
    broken_after,
    get,
    status,
    whole,
    without_ranges,
)


def test_a_broken_connection_is_resumed(
    server: Server, fetch: Fetcher, tmp_path: Path, pauses: list[float]
) -> None:
    server.answers(broken_after(300_000), whole)
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-"]
    assert len(pauses) == 1


def test_a_killed_run_is_resumed_by_the_next(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    partial = tmp_path / "partial" / f"sha256-{SHA256}"
    partial.parent.mkdir()
    partial.write_bytes(CONTENT[:1000])
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_a_run_killed_before_the_rename(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    partial = tmp_path / "partial" / f"sha256-{SHA256}"
    partial.parent.mkdir()
    partial.write_bytes(CONTENT)
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={len(CONTENT)}-"]


@pytest.mark.parametrize("rest", [b"another file's beginning", CONTENT + b"too long"])
def test_a_partial_file_of_something_else_is_begun_anew(
    server: Server, fetch: Fetcher, tmp_path: Path, rest: bytes
) -> None:
    partial = tmp_path / "partial" / f"sha256-{SHA256}"
    partial.parent.mkdir()
    partial.write_bytes(rest)
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={len(rest)}-", None]


def test_a_server_that_knows_no_ranges(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    server.answers(broken_after(1000), without_ranges)
    assert get(server, tmp_path, fetch).path.read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(
    server: Server, fetch: Fetcher, tmp_path: Path, pauses: list[float]
) -> None:
    server.answers(status(503), status(429), whole)
    get(server, tmp_path, fetch)
    assert pauses == [1.0, 2.0]


def test_a_server_that_stays_busy(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    server.answers(status(503))
    with pytest.raises(BundleError, match="the server answers 503"):
        get(server, tmp_path, fetch)
    assert len(server.ranges) == ATTEMPTS


def test_a_server_that_falls_silent(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    done = threading.Event()

    def silent(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "10")
        handler.end_headers()
        handler.wfile.flush()
        done.wait(20)

    server.answers(silent)
    try:
        with pytest.raises(BundleError, match="the server does not answer in time") as caught:
            get(server, tmp_path, fetch)
    finally:
        done.set()
    assert "--bundle DIR" in (caught.value.hint or "")


def test_no_network(fetch: Fetcher, tmp_path: Path) -> None:
    gone = Server()
    gone.close()
    with pytest.raises(BundleError, match="no connection: ") as caught:
        get(gone, tmp_path, fetch)
    assert "needs no internet" in (caught.value.hint or "")


def test_a_connection_that_always_breaks(server: Server, fetch: Fetcher, tmp_path: Path) -> None:
    server.answers(broken_after(0))
    with pytest.raises(BundleError, match="the connection broke: "):
        get(server, tmp_path, fetch)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EROFS, "it can't be written: Read-only file system"),
    ],
)
def test_a_disk_that_takes_no_more(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    real = Path.open

    def full(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if "b" in mode and "partial" in self.parts and mode != "rb":
            raise OSError(number, os.strerror(number), str(self))
        return real(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(BundleError) as caught:
        get(server, tmp_path, Fetcher(pause=lambda _: None))
    assert caught.value.message == message
    assert caught.value.where == str(tmp_path / "partial" / f"sha256-{SHA256}")


def test_the_test_servers_content_is_large_enough_to_break() -> None:
    assert len(CONTENT) > io.DEFAULT_BUFFER_SIZE * 100
