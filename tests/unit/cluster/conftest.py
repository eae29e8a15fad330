"""A Kubernetes API whose answers each test writes itself."""

from .cluster_bed import api  # noqa: F401 - a fixture
