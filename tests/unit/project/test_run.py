"""`./dev test`: which tests run for which arguments, and what its last line and exit code say."""

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[3]
SCRIPT = TOP / "tests" / "run.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script as a module, in the clone's folder."""
    monkeypatch.chdir(TOP)
    spec = importlib.util.spec_from_file_location("run_tests", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("arguments", "halves"),
    [
        ("", "fast e2e"),
        ("-k sizing --long", "fast e2e"),
        ("tests", "fast e2e"),
        ("tests/unit -k x", "fast"),
        ("tests/unit/base/test_units.py::test_bytes", "fast"),
        ("tests/e2e/test_1_up.py --long", "e2e"),
        ("--k3s release tests/e2e", "e2e"),
        ("tests/unit tests/e2e", "fast e2e"),
    ],
)
def test_the_halves_that_the_named_paths_belong_to(script: Any, arguments: str, halves: str) -> None:
    assert script.wanted_halves(arguments.split()) == halves.split()


@pytest.mark.parametrize(
    ("first", "second", "line", "code"),
    [
        ((0, 7, 0, 1), (0, 2, 0, 0), "9 passed, 0 failed, 1 skipped", 0),
        ((1, 7, 2, 0), (0, 2, 0, 0), "9 passed, 2 failed", 1),
        ((0, 7, 0, 0), (1, 1, 1, 0), "8 passed, 1 failed", 1),
        ((5, 0, 0, 0), (0, 2, 0, 0), "2 passed, 0 failed", 0),
        ((5, 0, 0, 0), (5, 0, 0, 0), "0 passed, 0 failed", 5),
        ((3, 7, 0, 0), (0, 2, 0, 0), "9 passed, 1 failed", 3),  # an error within pytest, after seven tests
        ((-9, 0, 0, 0), (0, 2, 0, 0), "2 passed, 1 failed", -9),
        ((0, 7, 0, 0), (2, 1, 0, 0), "8 passed, 0 failed", 130),
    ],
)
def test_the_last_line_and_the_exit_code_tell_of_both(
    script: Any, first: tuple[int, ...], second: tuple[int, ...], line: str, code: int
) -> None:
    ran = [
        script.Half(ended, Counter(passed=passed, failed=failed, skipped=skipped))
        for ended, passed, failed, skipped in (first, second)
    ]
    assert script.closing_line(ran) == line
    assert script.exit_code(ran) == code


SKIPS = """
import pytest

def test_one(): pytest.skip("no KVM here")
def test_two(): pytest.skip("no KVM here")
@pytest.mark.skip(reason="takes long")
def test_three(): pass
def test_four(): pass
"""


def test_what_was_left_out_is_said_with_its_reason(script: Any, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SKIPS)
    tally = tmp_path / "tally.json"
    words = [
        "-p",
        "tests.conftest",
        "--rootdir",
        tmp_path,
        f"--tally={tally}",
        tmp_path,
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(tally.read_text())
    assert told["counts"] == {"passed": 1, "failed": 0, "skipped": 3}
    half = script.Half(0, Counter(told["counts"]), Counter(told["left_out"]))
    assert script.left_out([half, half]) == [
        "left out: 4 tests: no KVM here",
        "left out: 2 tests: takes long",
    ]


def test_a_run_of_end_to_end_tests_keeps_the_order_of_the_file() -> None:
    words = [SCRIPT, "tests/e2e/test_1_up.py", "--collect-only", "--quiet", "--quiet", "--randomly-seed=7"]
    done = subprocess.run([sys.executable, *words], cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = [line.rpartition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    text = (TOP / "tests" / "e2e" / "test_1_up.py").read_text()
    assert len(listed) > 2
    assert listed == sorted(listed, key=lambda name: text.index(f"def {name}("))
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed"
