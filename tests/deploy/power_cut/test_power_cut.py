"""The mark on the disk that tells a boot after a power cut from one after a shutdown."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode.deploy.steps import disk_cleanup
from binder_singlenode.layout import paths
from binder_singlenode.layout.image_store import BUILDER_FOLDERS

BUILDER = BUILDER_FOLDERS["registry"]
Run = Callable[[str], str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the script as the unit does, its files in the test's folder."""
    script = tmp_path / "power-cut"
    text = disk_cleanup.power_cut_files()[0].content
    for place, moved in ((paths.VAR, tmp_path), (paths.LOG, tmp_path / "log"), (BUILDER, tmp_path / "dind")):
        text = text.replace(place, str(moved))
    script.write_text(text)

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


def test_a_last_line_that_was_cut_off_is_ended(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log/launches").mkdir(parents=True)
    texts = {"access.log": '{"ts":1}\n{"ts', "audit.log": ""}
    texts |= {"launches/a.log": '{"a":1}\n', "launches/b.log": '{"b":1'}
    for name, text in texts.items():
        (tmp_path / "log" / name).write_text(text)
    run("start")
    assert {name: (tmp_path / "log" / name).read_text() for name in texts} == texts, "it may be written to"
    said = run("start")
    assert said.count("was cut off") == 2
    ended = {name: (tmp_path / "log" / name).read_text() for name in texts}
    assert ended == {name: text + "\n" if text and text[-1] != "\n" else text for name, text in texts.items()}


@pytest.fixture
def builder(tmp_path: Path) -> Path:
    """The builder's folder, as docker leaves it."""
    folder = tmp_path / "dind"
    digest = hashlib.sha256(b"{}").hexdigest()
    for name, content in {
        f"image/overlay2/imagedb/content/sha256/{digest}": b"{}",
        "image/overlay2/layerdb/sha256/ab/size": b"7",
        "image/overlay2/repositories.json": b"{}",
        "overlay2/one/link": b"ABC",
        "overlay2/one/committed": b"",
        "overlay2/one/diff/etc/empty": b"",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_a_builder_that_is_whole_keeps_its_cache(run: Run, builder: Path) -> None:
    before = sorted(builder.rglob("*"))
    run("start")
    assert "builder" not in run("start")
    assert sorted(builder.rglob("*")) == before


IMAGE = "imagedb/content/sha256/*"


@pytest.mark.parametrize(
    ("pattern", "damage"),
    [(IMAGE, b""), (IMAGE, b"\0\0"), ("layerdb/sha256/ab/size", b""), ("one/link", b"")],
)
def test_a_damaged_builder_loses_its_cache(run: Run, builder: Path, pattern: str, damage: bytes) -> None:
    (file,) = builder.glob(f"**/{pattern}")
    file.write_bytes(damage)
    run("start")
    assert file.exists(), "only after a power cut"
    assert "builder: damaged" in run("start")
    assert list(builder.iterdir()) == []


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
    assert f"Before={paths.K3S_UNIT} {paths.ENTRY_UNIT}" in text.splitlines(), (
        "units stop in the reverse order"
    )
