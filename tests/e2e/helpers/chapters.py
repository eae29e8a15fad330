"""Before each file of end-to-end tests: how long it took the last time, and how long the rest then takes."""

import sys
import time
from pathlib import Path

import pytest

from binder_singlenode.cli.output.progress import duration

MEMORY = "binder/chapters"
"""In pytest's cache: file name -> seconds. Kept of chapters whose tests have all passed."""


class Chapters:
    """A plugin of pytest's: registered by conftest.py."""

    def __init__(self, cache: pytest.Cache) -> None:
        self._cache = cache
        self._took: dict[str, float] = cache.get(MEMORY, {})
        self._sizes: dict[str, int] = {}
        self._begin = 0.0
        self._current = ""
        self._passed = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            if item.get_closest_marker("e2e") and not item.get_closest_marker("skip"):
                self._sizes[item.path.name] = self._sizes.get(item.path.name, 0) + 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None):  # type: ignore[no-untyped-def]
        name = item.path.name
        if name not in self._sizes:
            return (yield)
        if name != self._current:
            self._current, self._passed, self._begin = name, 0, time.monotonic()
            print(f"\n==> {self.announcement(name)}", file=sys.__stderr__, flush=True)
        result = yield
        if nextitem is None or nextitem.path.name != name:
            self._ended(name)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._passed += report.when == "call" and report.passed

    def announcement(self, name: str) -> str:
        """One line about the chapter that begins."""
        chapters = list(self._sizes)
        rest = chapters[chapters.index(name) :]
        took = self._took.get(_key(name, self._sizes[name]))
        usual = f"took {duration(took)} the last time" if took is not None else "no estimate yet"
        known = [self._took.get(_key(each, self._sizes[each])) for each in rest]
        total = sum(each for each in known if each is not None)
        left = f"; all that is left then: {duration(total)}" if None not in known and len(rest) > 1 else ""
        return f"chapter {len(chapters) - len(rest) + 1} of {len(chapters)}, {Path(name).stem}: {usual}{left}"

    def _ended(self, name: str) -> None:
        if self._passed == self._sizes[name]:
            self._took[_key(name, self._passed)] = round(time.monotonic() - self._begin, 1)
            self._cache.set(MEMORY, self._took)


def _key(name: str, tests: int) -> str:
    """With --long, or a selection, a chapter has another number of tests, and takes another time."""
    return f"{name} ({tests})"
