"""Shares whose place is no real folder: cleaning says so and fails, instead of finding nothing to do."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import disk_cleanup
from binder_singlenode.layout import paths

SHARES = {paths.CLEAN_REGISTRY: "REGISTRY", paths.CLEAN_BUILDER: "BUILD_CACHE"}


def _link(place: Path) -> str:
    (place.parent / "disk").mkdir()
    place.symlink_to("disk")
    return "is a symbolic link to disk"


def _dangling(place: Path) -> str:
    place.symlink_to("/nowhere")
    return "is a symbolic link to /nowhere"


def _loop(place: Path) -> str:
    place.symlink_to(place.name)
    return "is a symbolic link to"


def _file(place: Path) -> str:
    place.touch()
    return "is not a folder"


def clean(context: Context, script: str, place: Path) -> "subprocess.CompletedProcess[str]":
    (file,) = (file for file in disk_cleanup.files(context) if file.path == script)
    share = SHARES[script]
    numbers = {"HIGH_PERCENT": "90", "LOW_PERCENT": "75", "GRACE_S": "1", "FULL_FREE_PERCENT": "0"}
    files = {"DOCKER_SOCKET": "/nonexistent", "PINS": "/nonexistent", "RUNTIME_DIRECTORY": str(place.parent)}
    return subprocess.run(
        ["sh", "-c", file.content],
        env={"PATH": "/usr/bin:/bin", share: str(place), f"{share}_BYTES": "1000000", **numbers, **files},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("make", [_link, _dangling, _loop, _file])
@pytest.mark.parametrize("script", SHARES)
def test_what_is_no_real_folder_fails_and_is_named(
    context: Context, tmp_path: Path, script: str, make: Callable[[Path], str]
) -> None:
    place = tmp_path / "share"
    what = make(place)
    done = clean(context, script, place)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{place} {what}") and "mount the other disk or folder at it" in done.stderr


@pytest.mark.parametrize("script", SHARES)
def test_a_share_that_is_not_there_yet_is_no_failure(context: Context, tmp_path: Path, script: str) -> None:
    done = clean(context, script, tmp_path / "share")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_record_counts_what_is_behind_a_link(context: Context, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "layer").write_bytes(b"x" * 500_000)
    (tmp_path / "linked").symlink_to("disk")
    (file,) = (file for file in disk_cleanup.files(context) if file.path == paths.CLEAN)
    for part in ("clean-registry", "clean-builder", "mend-images"):
        (tmp_path / part).symlink_to("/bin/true")
    script = tmp_path / "clean"
    script.write_text(file.content)
    record = tmp_path / "disk-use"
    names = dict.fromkeys(("IMAGES", "REGISTRY", "BUILD_CACHE", "LOGS", "STATE"), str(tmp_path / "linked"))
    settings = {"PATH": "/usr/bin:/bin", "DISK_USE": str(record), "RECORD_LINES": "5"}
    subprocess.run(["sh", str(script)], env={**names, **settings}, check=True, timeout=60)
    counted = dict(word.split("=") for word in record.read_text().split()[1:])
    assert {int(value) >= 500_000 for value in counted.values()} == {True}
