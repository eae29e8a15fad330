"""The end-to-end tests say before each chapter how long it takes: tried with chapters that take no time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHAPTERS = Path(__file__).parents[2] / "e2e" / "helpers" / "chapters.py"
CONFTEST = """
import chapters
def pytest_configure(config):
    config.addinivalue_line("markers", "e2e")
def pytest_collection_modifyitems(config):
    config.pluginmanager.register(chapters.Chapters(config.cache))
"""


@pytest.fixture
def said(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Run two chapters; what is said before each."""
    shutil.copy(CHAPTERS, tmp_path)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    for name in ("test_1_up", "test_2_down"):
        text = "import pytest\npytestmark = pytest.mark.e2e\ndef test_one(): assert 1\ndef test_two(): pass\n"
        (tmp_path / f"{name}.py").write_text(text)

    def run(*words: str) -> list[str]:
        command = [sys.executable, "-m", "pytest", "-p", "no:randomly", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return [line.removeprefix("==> ") for line in done.stderr.splitlines() if line.startswith("==>")]

    return run


def test_a_first_run_gives_no_number_and_the_second_does(said) -> None:  # type: ignore[no-untyped-def]
    assert said() == [
        "chapter 1 of 2, test_1_up: no estimate yet",
        "chapter 2 of 2, test_2_down: no estimate yet",
    ]
    first, second = said()
    assert first.startswith("chapter 1 of 2, test_1_up: took 0.")
    assert "; all that is left then: 0." in first
    assert second.startswith("chapter 2 of 2, test_2_down: took 0.")


def test_what_failed_or_was_run_in_part_is_not_kept(said, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    text = (tmp_path / "test_1_up.py").read_text()
    (tmp_path / "test_1_up.py").write_text(text.replace("assert 1", "assert 0"))
    said()
    (tmp_path / "test_1_up.py").write_text(text)
    said("-k", "two")
    first, second = said()
    assert first == "chapter 1 of 2, test_1_up: no estimate yet"
    assert second.startswith("chapter 2 of 2, test_2_down: took 0.")
