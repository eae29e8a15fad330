"""Bounds of the sizes and times of host files: a value outside is a slip of the hand.

Every check returns the text or raises UnitError.
"""

from collections.abc import Callable

from binder_singlenode.base import units
from binder_singlenode.base.units import UnitError, show

Check = Callable[[str], str]

LARGEST_BYTES = 1024 * 1024**4
"""1024 TiB: more than any machine has, and far from numbers that overflow in Kubernetes."""
LONGEST_S = 10 * 365 * 86400
"""Ten years."""

LEAST_SESSION = "64M"
"""A Jupyter server without a kernel takes about this much; below it, no session would start."""
LEAST_BUILD = "128Mi"
"""repo2docker alone takes about this much."""
LEAST_RESERVED = "256Mi"
"""systemd, sshd and journald of a minimal Debian take about this much."""
LEAST_HOME = "64Mi"
"""A smaller file system consists mostly of metadata."""


def jupyterhub_size(least: str, purpose: str) -> Check:
    """Check of a size in JupyterHub's units: at least `least`, at most LARGEST_BYTES."""
    return _bounded(units.parse_jupyterhub_bytes, least, purpose)


def kubernetes_size(least: str, purpose: str) -> Check:
    """Check of a size in Kubernetes' units: at least `least`, at most LARGEST_BYTES."""
    return _bounded(units.parse_kubernetes_bytes, least, purpose)


def duration(text: str) -> str:
    """Check of a time: at least a second, at most LONGEST_S."""
    seconds = units.parse_duration_s(text)
    if seconds == 0:
        raise UnitError(f"{show(text)} must be at least 1s")
    if seconds > LONGEST_S:
        raise UnitError(f"{show(text)} is more than ten years", hint=f"at most {LONGEST_S // 86400}d")
    return text


def _bounded(parse: Callable[[str], int], least: str, purpose: str) -> Check:
    def check(text: str) -> str:
        size = parse(text)
        if size < parse(least):
            raise UnitError(f"{show(text)} is too small for {purpose}", hint=f"at least {least}")
        if size > LARGEST_BYTES:
            raise UnitError(f"{show(text)} is more than any machine has", hint="at most 1024T")
        return text

    return check
