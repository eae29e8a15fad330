"""Settings of tests that try many generated cases: the same ones each time, more with BINDER_FUZZ=FACTOR."""

import os

from hypothesis import HealthCheck, settings

_FACTOR = int(os.environ.get("BINDER_FUZZ", "1"))


def cases(number: int) -> settings:
    """Try `number` cases, always the same; by hand others too: BINDER_FUZZ=10 tries ten times as many."""
    return settings(
        max_examples=number * _FACTOR,
        derandomize=_FACTOR == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
