"""One round of cleaning: both parts run, and the record is kept."""

import subprocess
import time
from pathlib import Path

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import disk_cleanup
from binder_singlenode.layout import paths
from binder_singlenode.layout.shares import Share
from binder_singlenode.sizing import disk_record

PARTS = ["clean-registry", "clean-builder", "mend-images"]


class Host:
    """The scripts in a folder, the two parts replaced."""

    def __init__(self, context: Context, folder: Path) -> None:
        self.folder = folder
        wanted = {file.path: file.content for file in disk_cleanup.files(context)}
        self.tool("clean", wanted[paths.CLEAN])
        for part in PARTS:
            self.tool(part, f"#!/bin/sh\necho {part} >>{folder}/ran\n")
        for share in Share:
            (folder / share).mkdir()
            (folder / share / "file").write_bytes(b"x" * 8192)
        self.budget = wanted[paths.DISK_BUDGET]
        for share, places in paths.SHARES.items():
            self.budget = self.budget.replace(f'"{" ".join(places)}"', f'"{folder / share} {folder}/missing"')
        self.budget = self.budget.replace(paths.DISK_USE, str(folder / "disk-use"))

    def tool(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    def clean(self) -> "subprocess.CompletedProcess[str]":
        lines = (line.partition("=") for line in self.budget.splitlines() if "=" in line)
        settings = {name: value.strip('"') for name, _, value in lines if name.isupper()}
        return subprocess.run(
            [self.folder / "clean"],
            env={"PATH": f"{self.folder}:/usr/bin:/bin", **settings},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def record(self) -> list[disk_record.Use]:
        return disk_record.parse((self.folder / "disk-use").read_text().splitlines())


@pytest.fixture
def host(context: Context, tmp_path: Path) -> Host:
    return Host(context, tmp_path)


def test_a_round_leaves_a_line_with_every_share(host: Host) -> None:
    done = host.clean()
    assert (done.returncode, done.stderr) == (0, "")
    assert (host.folder / "ran").read_text().split() == PARTS
    (use,) = host.record()
    assert set(use.bytes_of) == set(Share)
    assert all(8192 <= taken < 65536 for taken in use.bytes_of.values())
    assert abs(use.time_s - time.time()) < 60


def test_the_record_is_bounded(host: Host) -> None:
    lines = "".join(f"{number} images=1\n" for number in range(1, 3001))
    (host.folder / "disk-use").write_text(lines)
    host.clean()
    record = host.record()
    assert len(record) == 2016
    assert record[0].time_s == 3001 - 2015


def test_a_part_that_fails_stops_nothing_else_and_is_told(host: Host) -> None:
    host.tool("clean-registry", "#!/bin/sh\necho no >&2\nexit 3\n")
    assert host.clean().returncode == 1
    assert (host.folder / "ran").read_text().split() == PARTS[1:]
    assert len(host.record()) == 1
