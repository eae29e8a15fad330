"""Fixtures for all unit tests."""

from .servers.http_server import server  # noqa: F401 - a fixture
