"""Results of the checks, read from the JUnit file that pytest writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from binder_singlenode.errors import VerifyError

Outcome = Literal["running", "passed", "failed", "skipped"]


@dataclass(frozen=True)
class CheckResult:
    """The result of one check."""

    name: str
    """For programs: host::service[k3s.service]"""
    title: str
    """For people."""
    outcome: Outcome
    seconds: float
    message: str
    """Why it failed or was skipped; empty when it passed."""


@dataclass(frozen=True)
class Report:
    """All checks of one run."""

    results: tuple[CheckResult, ...]
    seconds: float

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if result.outcome == "failed")

    @property
    def ok(self) -> bool:
        return not self.failed

    @property
    def exit_code(self) -> int:
        return 0 if self.ok else VerifyError.exit_code

    def count(self, outcome: Outcome) -> int:
        """Number of checks with this outcome."""
        return sum(result.outcome == outcome for result in self.results)


def read_junit(path: Path) -> Iterator[CheckResult]:
    """The checks in the order they ran; a check that failed twice (also in its teardown) counts once."""
    seen: set[str] = set()
    for case in ElementTree.parse(path).iter("testcase"):  # noqa: S314 - pytest wrote it a moment ago
        result = _result(case)
        if result.name not in seen:
            seen.add(result.name)
            yield result


def _result(case: ElementTree.Element) -> CheckResult:
    name = f"{case.get('classname', '').rpartition('test_')[2]}::{case.get('name', '').removeprefix('test_')}"
    titles = [each.get("value", "") for each in case.iter("property") if each.get("name") == "title"]
    outcome, message = _outcome(case)
    return CheckResult(name, titles[0] if titles else name, outcome, float(case.get("time", "0")), message)


def _outcome(case: ElementTree.Element) -> tuple[Outcome, str]:
    for tag in ("failure", "error"):
        found = case.find(tag)
        if found is not None:
            return "failed", _plain(found.get("message", ""))
    skipped = case.find("skipped")
    if skipped is not None:
        return "skipped", skipped.get("message", "")
    return "passed", ""


def _plain(message: str) -> str:
    """The message without the prefix that pytest and Python add."""
    message = message.removeprefix("failed on setup with ").strip('"')
    kind, colon, rest = message.partition(": ")
    return (
        rest if colon and kind.rpartition(".")[2] in ("AssertionError", "LaunchError", "Failed") else message
    )
