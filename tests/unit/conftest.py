"""Fixtures for all unit tests."""

from .http_server import server  # noqa: F401 - a fixture
