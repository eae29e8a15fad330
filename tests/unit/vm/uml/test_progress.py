"""The report of a compilation: every ten percent, with the time that is left."""

import pytest

from binder_singlenode.vm.uml import progress
from binder_singlenode.vm.uml.progress import EXPECTED_FILES, CompileProgress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_every_ten_percent_with_the_minutes_that_are_left(clock: list[float]) -> None:
    talk: list[str] = []
    lines = CompileProgress(talk.append)
    for number in range(EXPECTED_FILES):
        lines.read(f"  CC      fs/file{number}.o\n")
        clock[0] += 600 / EXPECTED_FILES  # ten minutes in all
    assert [line.split("%")[0] for line in talk] == [f"kernel: {percent} " for percent in range(10, 100, 10)]
    left = [int(line.split("about ")[1].split(" min")[0]) for line in talk]
    assert left == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_more_files_than_expected_are_no_more_than_99_percent(clock: list[float]) -> None:
    talk: list[str] = []
    lines = CompileProgress(talk.append)
    for _ in range(2 * EXPECTED_FILES):
        lines.read("  CC [M]  net/bridge/br.o\n")
    assert len(talk) == 9


def test_what_compiles_is_told_from_the_words_of_a_failure() -> None:
    lines = CompileProgress(pytest.fail)
    for number in range(20):
        lines.read(f"E: line {number}\n")
        lines.read("  CC      init/main.o\n")
        lines.read("  LD      vmlinux.o\n")
    assert lines.last_lines.splitlines() == [f"E: line {number}" for number in range(5, 20)]
