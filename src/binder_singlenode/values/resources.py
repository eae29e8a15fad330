"""Used by both halves of the Helm values: Kubernetes quantities, resources and image references."""

from __future__ import annotations

from typing import Any

from binder_singlenode.base.units import MIB

RESOLVER_ANNOTATION = {"binder-singlenode/resolver": "without-search-domains"}
"""A pod keeps the resolv.conf that it was made with: this makes the pod again on hosts that were set up
before pods got one without the host's search domains (docs/adr/1511)."""


def mebibytes(count: int) -> str:
    """Bytes as a Kubernetes quantity, rounded down: a request never exceeds what sizing reserved for it."""
    return f"{count // MIB}Mi"


def cores(value: float) -> str:
    """CPUs as a Kubernetes quantity."""
    return f"{round(value * 1000)}m"


def resources(memory_bytes: int, cpu: float, limit_bytes: int, cpu_limit: float) -> dict[str, Any]:
    """A container's resources: requests from the sizing, limits as on the federation's members."""
    return {
        "requests": {"memory": mebibytes(memory_bytes), "cpu": cores(cpu)},
        "limits": {"memory": mebibytes(limit_bytes), "cpu": cores(cpu_limit)},
    }


def image(reference: str) -> dict[str, str]:
    """`name` and `tag` of "registry:5000/name:tag"; a digest stays with the tag."""
    head, slash, last = reference.rpartition("/")
    name, _, tag = last.partition(":")
    return {"name": head + slash + name, "tag": tag}
