"""A host whose answers each test writes itself."""

from .verify_bed import bed  # noqa: F401 - a fixture
