"""Run the tests in two halves: the fast ones in parallel and in random order, then the end-to-end ones.

    python tests/run.py [PYTEST ARGUMENTS…]

The end-to-end tests share one VM, so they run one after the other, in file order. Arguments go to pytest in
both halves; a half that none of the named paths belongs to is left out. The last line sums up both, and the
exit code is 0 only if nothing failed in either.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
E2E = HERE / "e2e"
OPTIONS = {
    "fast": ("-n", "auto", "--dist", "loadgroup"),
    "e2e": ("-n", "0", "--randomly-dont-reorganize", "--randomly-dont-reset-seed", "--verbose"),
}
INTERRUPTED, USAGE, NO_TESTS = 2, 4, 5
"""Exit codes of pytest."""
STOPS_AT_FAILURE = ("-x", "--exitfirst", "--maxfail")


@dataclass
class Half:
    """How one half went."""

    code: int
    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    """Reasons for skipping, with the number of tests."""

    @property
    def good(self) -> bool:
        return self.code in (0, NO_TESTS)


def main(arguments: list[str]) -> int:
    """Run what is asked for; pytest's exit code of the first half that is not good."""
    ran: list[Half] = []
    for name in wanted_halves(arguments):
        ran.append(run(name, arguments))
        if ran[-1].code in (INTERRUPTED, USAGE) or (not ran[-1].good and stops_at_failure(arguments)):
            break
    if ran[-1].code == INTERRUPTED:
        print("Stopped before the end.")
    for line in left_out(ran):
        print(line)
    print(closing_line(ran))
    return exit_code(ran)


def wanted_halves(arguments: list[str]) -> list[str]:
    """Both, unless all paths among the arguments belong to one."""
    named = paths(arguments)
    in_e2e = [E2E in (path, *path.parents) for path in named]
    fast = not named or not all(in_e2e)
    e2e = not named or any(in_e2e) or HERE in named
    return [name for name, wanted in (("fast", fast), ("e2e", e2e)) if wanted]


def paths(arguments: list[str]) -> list[Path]:
    """Folders and files of tests among the arguments."""
    words = [word.partition("::")[0] for word in arguments if not word.startswith("-")]
    existing = [Path(word).resolve() for word in words if Path(word).exists()]
    return [path for path in existing if HERE in (path, *path.parents)]


def stops_at_failure(arguments: list[str]) -> bool:
    return any(word.partition("=")[0] in STOPS_AT_FAILURE for word in arguments)


def run(name: str, arguments: list[str]) -> Half:
    """One half in a pytest of its own. Ctrl-C reaches pytest from the terminal: here we wait for its end."""
    with tempfile.TemporaryDirectory(prefix="binder-tests-") as folder:
        tally = Path(folder, "tally.json")
        words = [f"--half={name}", f"--tally={tally}", *of_half(name, arguments)]
        process = subprocess.Popen([sys.executable, "-m", "pytest", *words])
        while True:
            try:
                code = process.wait()
                break
            except KeyboardInterrupt:
                continue
        told = json.loads(tally.read_text()) if tally.exists() else {}
        return Half(code, Counter(told.get("counts")), Counter(told.get("left_out")))


def of_half(name: str, arguments: list[str]) -> list[str]:
    """pytest's arguments; the seed of the fast tests' order is said also where pytest says little (-q)."""
    if name == "e2e":
        return [*arguments, *([] if paths(arguments) else [str(E2E)]), *OPTIONS[name]]
    if not any(word.startswith("--randomly-seed") for word in arguments):
        arguments = [f"--randomly-seed={random.getrandbits(32)}", *arguments]
        print(f"==> fast tests in the order of {arguments[0]}", flush=True)
    return [*OPTIONS[name], *arguments]


def left_out(ran: list[Half]) -> list[str]:
    """A line for each reason why tests did not run."""
    reasons: Counter[str] = sum((half.left_out for half in ran), Counter())
    return [f"left out: {count} test{'s' * (count > 1)}: {why}" for why, count in sorted(reasons.items())]


def closing_line(ran: list[Half]) -> str:
    """`N passed, N failed` of all halves. One that ended badly without a failed test counts as a failure."""
    total: Counter[str] = Counter()
    for half in ran:
        total += half.counts
        if not half.good and half.code != INTERRUPTED and not half.counts["failed"]:
            total["failed"] += 1
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    return f"{total['passed']} passed, {total['failed']} failed{skipped}"


def exit_code(ran: list[Half]) -> int:
    """130 after Ctrl-C; 5 when no half has found a test."""
    if any(half.code == INTERRUPTED for half in ran):
        return 130
    if all(half.code == NO_TESTS for half in ran):
        return NO_TESTS
    return next((half.code for half in ran if not half.good), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
