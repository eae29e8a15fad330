"""Waiting with a limit, a word on what is missing, and a reason at the end."""

import time
from collections.abc import Callable

from binder_singlenode.errors import ClusterError

POLL_S = 2.0
_PATIENCE_ERRORS = 5  # an API server that restarts answers again within a few polls


def wait_until(
    missing: Callable[[], list[str]],
    timeout_s: float,
    progress: Callable[[str], None],
    causes: Callable[[], list[str]],
) -> None:
    """Ask `missing` until it is empty; tell `progress` when the answer changes.

    Raises ClusterError after `timeout_s` seconds with what is missing and `causes`; errors of `missing`
    itself are borne a few times in a row.
    """
    limit = time.monotonic() + timeout_s
    told: list[str] = []
    errors = 0
    while True:
        try:
            left, errors = missing(), 0
        except ClusterError as error:
            errors += 1
            if errors > _PATIENCE_ERRORS or time.monotonic() >= limit:
                raise
            left = [str(error)]
        if not left:
            return
        if left != told:
            progress("waiting for " + "; ".join(left))
            told = left
        if time.monotonic() >= limit:
            raise _gave_up(left, timeout_s, causes())
        time.sleep(min(POLL_S, max(0.0, limit - time.monotonic())))


def _gave_up(left: list[str], timeout_s: float, causes: list[str]) -> ClusterError:
    lines = [f"not ready after {timeout_s:.0f} s: {'; '.join(left)}", *(f"  | {cause}" for cause in causes)]
    return ClusterError(
        "\n".join(lines), where="Kubernetes", hint="the lines say what it waits for; `up` again resumes"
    )
