"""Many launches of one cached repository at once: how long they take, and whether any fails.

python bench/launches.py HOST REPO [--count 20]       target: no launch fails

HOST must hold as many sessions, and as many of one repository, which is half of all: a small throwaway VM
does with `sessions: {memory_guarantee: 64M, memory_limit: 256M}` in its host file. Each launch is a
visitor's: it counts as done when the session's Jupyter server answers. All sessions are ended afterwards.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import measure

from binder_singlenode.binderhub.launch import stream
from binder_singlenode.errors import BinderError
from binder_singlenode.provision import targets

COUNT = 20


@dataclass(frozen=True)
class Outcome:
    """One launch: how long until its session answered, or why it did not."""

    wall_s: float
    ready: stream.Ready | None
    error: str = ""


def launch(base_url: str, repo: str) -> Outcome:
    """As a visitor: the event stream, then the session."""
    begin = time.monotonic()
    ready = None
    try:
        ready = stream.launch_to_ready(base_url, repo)
        stream.session_answers(ready.url, ready.token)
    except BinderError as error:
        return Outcome(time.monotonic() - begin, ready, str(error).splitlines()[0])
    return Outcome(time.monotonic() - begin, ready)


@contextmanager
def launched(base_url: str, repo: str, count: int) -> Iterator[list[Outcome]]:
    """All at once; ended when the bench is."""
    with ThreadPoolExecutor(count) as pool:
        outcomes = list(pool.map(lambda _: launch(base_url, repo), range(count)))
        try:
            yield outcomes
        finally:
            for each in outcomes:
                if each.ready:
                    pool.submit(stream.stop_session, each.ready.url, each.ready.token)


def main() -> int:
    """Parse, launch, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("host", metavar="HOST")
    parser.add_argument("repo", metavar="REPO")
    parser.add_argument("--count", type=int, default=COUNT)
    asked = parser.parse_args()
    base_url = targets.resolve(asked.host).host.base_url
    warm = launch(base_url, asked.repo)
    if not warm.ready or warm.error:
        sys.exit(f"error: the first launch failed: {warm.error}")
    if not warm.ready.found_image:
        print("the repository was not cached; it is now", file=sys.stderr)
    stream.stop_session(warm.ready.url, warm.ready.token)
    with launched(base_url, asked.repo, asked.count) as outcomes:
        walls = sorted(each.wall_s for each in outcomes)
        errors = [each.error for each in outcomes if each.error]
    print(f"one alone: {warm.wall_s:.1f} s")
    p95 = walls[-1] if len(walls) < 2 else statistics.quantiles(walls, n=20, method="inclusive")[-1]
    times = f"p50 {statistics.median(walls):.1f} s, p95 {p95:.1f} s"
    print(f"{asked.count} at once: {times}, {len(errors)} failed (target: none)")
    for error in errors:
        print(f"  {error}")
    return measure.verdict(not errors)


if __name__ == "__main__":
    sys.exit(main())
