"""release.extra_values of a host file, checked by themselves: without a machine and its sizes."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode import config
from binder_singlenode.config import Host
from binder_singlenode.values.options.check import problems_in_part

FIELD = "release.extra_values"
REMEDY = f"correct {FIELD} in the host file; it is merged over the values that this program computes"


def problems_in_host_file(host: Host) -> Iterator[tuple[str, str]]:
    """Place in the host file, and what is wrong there, for each problem."""
    for problem in problems_in_part(host.release.extra_values):
        path = problem.partition(":")[0]
        yield config.position(host, f"{FIELD}.{path}") or config.place(host, FIELD), problem
