"""A server of the test's own, and a fetcher that does not wait."""

from collections.abc import Iterator

import pytest

from binder_singlenode.releases.http import Fetcher

from .download_server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """It behaves well until the test says otherwise."""
    running = Server()
    yield running
    running.close()


@pytest.fixture
def pauses() -> list[float]:
    """How long `fetch` would have waited, in seconds."""
    return []


@pytest.fixture
def fetch(pauses: list[float]) -> Iterator[Fetcher]:
    """Impatient, and it never really waits between two attempts."""
    fetcher = Fetcher(pause=pauses.append, read_timeout_s=0.3)
    yield fetcher
    fetcher.close()
