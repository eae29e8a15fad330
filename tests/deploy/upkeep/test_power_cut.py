"""The mark on the disk that tells a boot after a power cut from one after a shutdown."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode.deploy.steps import disk_cleanup
from binder_singlenode.layout import paths

Run = Callable[[str], str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the script as the unit does, its files in the test's folder."""
    script = tmp_path / "power-cut"
    script.write_text(disk_cleanup.power_cut_files()[0].content.replace(paths.VAR, str(tmp_path)))

    def call(verb: str) -> str:
        # sync would write the whole machine's files.
        words = ["sh", "-c", 'sync() { :; }; verb=$1; set -- "$verb"; . "$0"', str(script), verb]
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return call


def checks(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "checks").glob("*"))


def test_a_boot_after_a_shutdown_checks_nothing(run: Run, tmp_path: Path) -> None:
    for verb in ("start", "stop", "start"):
        assert run(verb) == ""
    assert checks(tmp_path) == []


def test_a_boot_after_a_power_cut_checks_every_store(run: Run, tmp_path: Path) -> None:
    run("start")
    assert "no shutdown" in run("start")
    assert checks(tmp_path) == sorted(disk_cleanup.CHECKED_STORES)
    run("stop")
    run("start")
    assert checks(tmp_path) == sorted(disk_cleanup.CHECKED_STORES), "a shutdown does not end the check"


def test_it_ends_after_kubernetes_on_the_way_down(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    unit = tmp_path / paths.POWER_CUT_UNIT
    text = disk_cleanup.power_cut_files()[1].content
    unit.write_text(text.replace(paths.POWER_CUT, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "--man=no", "verify", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"Before={paths.K3S_UNIT}" in text.splitlines(), "units stop in the reverse order"
