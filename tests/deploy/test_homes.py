"""The homes of users: the script on real file systems in real files, and the step."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.base.units import MIB
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import homes
from binder_singlenode.health import host_report
from binder_singlenode.layout import paths
from binder_singlenode.layout.names import volume_name

GROUP = 100
HOST_FILE = """address: 192.0.2.7
mode: persistent
home: {{size: {size}, users: {users}}}
sign_in: {{provider: github, client_id: a, client_secret: env:A, allowed: {{users: [alice]}}}}
"""


@pytest.fixture
def context(make: Any, tmp_path: Path) -> Context:
    made: Context = make(tmp_path, HOST_FILE.format(size="5Gi", users=2))
    return made


def test_volumes_are_called_as_status_knows_them(context: Context) -> None:
    names = re.findall(r"^  name: (\S+-\d+)$", homes.manifest(context).content, re.MULTILINE)
    assert names == [volume_name("001"), volume_name("002")]


def _may_resize() -> bool:
    """CAP_SYS_RESOURCE, number 24, which root lacks in many containers."""
    status = Path("/proc/self/status").read_text()
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> 24 & 1)


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run the rendered script for so many homes of a size, below the test's own folder."""
    folder = tmp_path / "homes"
    monkeypatch.setattr(paths, "HOMES", str(folder))
    if os.geteuid() != 0 or not _can_mount(tmp_path):
        pytest.skip("nobody here may mount a file")

    def script(size: str = "64Mi", users: int = 2) -> "subprocess.CompletedProcess[str]":
        text = homes.files(make(tmp_path, HOST_FILE.format(size=size, users=users)))[0].content
        return subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=False)

    yield script
    for place in folder.glob("[0-9][0-9][0-9]"):
        subprocess.run(["umount", place], check=False, capture_output=True)


def _can_mount(folder: Path) -> bool:
    if shutil.which("mkfs.ext4") is None:
        return False
    image, place = folder / "trial.img", folder / "trial"
    make = f"truncate -s 8M {image} && mkfs.ext4 -q {image} && mkdir {place}"
    script = f"{make} && mount -o loop {image} {place} && umount {place}"
    return subprocess.run(["sh", "-c", script], capture_output=True, check=False).returncode == 0


def test_a_home_ends_where_its_file_ends_and_its_neighbour_notices_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "homes").mkdir()
    assert run().returncode == 0
    first, second = (tmp_path / "homes" / name / "home" for name in ("001", "002"))
    full = subprocess.run(["dd", "if=/dev/zero", f"of={first}/big", "bs=1M", "count=70"], capture_output=True)
    assert full.returncode != 0
    assert b"No space left" in full.stderr
    assert 50 * MIB < (first / "big").stat().st_size < 64 * MIB
    (second / "note").write_text("fits")
    status = first.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (1000, GROUP, 0o2770)


def test_status_sees_what_is_mounted_and_how_full_it_is(run: Run, tmp_path: Path) -> None:
    run()
    (tmp_path / "homes" / "001" / "home" / "big").write_bytes(b"x" * 30 * MIB)
    os.sync()
    subprocess.run(["umount", tmp_path / "homes" / "002"], check=True)
    told = subprocess.run(["sh", "-c", host_report.script()], capture_output=True, text=True, check=True)
    first, second = host_report.parse(told.stdout).homes
    assert 50 * MIB < first.limit_bytes < 64 * MIB
    assert 30 * MIB <= (first.used_bytes or 0) <= 32 * MIB <= first.taken_bytes + 2 * MIB
    assert (second.name, second.used_bytes, second.limit_bytes) == ("002", None, 64 * MIB)


def test_a_second_run_keeps_what_is_there(run: Run, tmp_path: Path) -> None:
    run()
    note = tmp_path / "homes" / "001" / "home" / "note"
    note.write_text("mine")
    before = (tmp_path / "homes" / "001.img").stat().st_ino
    assert run().returncode == 0
    assert note.read_text() == "mine"
    assert (tmp_path / "homes" / "001.img").stat().st_ino == before


@pytest.mark.skipif(not _may_resize(), reason="nobody here may resize a mounted file system")
def test_homes_grow_while_they_are_used_and_more_come(run: Run, tmp_path: Path) -> None:
    run()
    note = tmp_path / "homes" / "001" / "home" / "note"
    note.write_text("mine")
    with note.open():
        assert run(size="128Mi", users=3).returncode == 0
    space = os.statvfs(note)
    assert space.f_blocks * space.f_frsize > 100 * MIB
    assert note.read_text() == "mine"
    assert (tmp_path / "homes" / "003" / "home").is_dir()


def test_more_homes_come(run: Run, tmp_path: Path) -> None:
    run(users=1)
    assert run(users=2).returncode == 0
    assert (tmp_path / "homes" / "002" / "home").is_dir()


def test_they_never_shrink(run: Run, tmp_path: Path) -> None:
    run(size="128Mi", users=1)
    assert run(size="64Mi", users=1).returncode == 0
    assert (tmp_path / "homes" / "001.img").stat().st_size == 128 * MIB


def test_after_a_reboot_they_are_mounted_again_and_a_half_made_one_is_made_anew(
    run: Run, tmp_path: Path
) -> None:
    run()
    folder = tmp_path / "homes"
    (folder / "001" / "home" / "note").write_text("mine")
    subprocess.run(["umount", folder / "001", folder / "002"], check=True)
    (folder / "002.img").rename(folder / "002.img.new")  # killed before it was whole
    assert run().returncode == 0
    assert (folder / "001" / "home" / "note").read_text() == "mine"
    assert (folder / "002" / "home").is_dir()


def test_a_damaged_one_is_named_and_left_alone_and_the_others_come(run: Run, tmp_path: Path) -> None:
    run()
    folder = tmp_path / "homes"
    subprocess.run(["umount", folder / "001"], check=True)
    (folder / "001.img").write_bytes(b"?" * 64 * MIB)
    done = run()
    assert done.returncode == 1
    assert "home 001 is not as it should be" in done.stderr
    assert not (folder / "001" / "home").exists()  # so nobody writes to the disk of the host instead
    assert (folder / "002" / "home").is_dir()
    assert (folder / "001.img").read_bytes().startswith(b"???")


def test_with_mode_binder_there_is_nothing_to_do(make: Any, play: Any, tmp_path: Path) -> None:
    walk = play(homes.homes, make(tmp_path, "address: 192.0.2.7\n"), {})
    assert walk.ran == []


def test_homes_that_somebody_unmounted_are_mounted_again(context: Context, play: Any, answers: Any) -> None:
    told = answers(context)
    assert play(homes.homes, context, told).changed == []
    assert play(homes.homes, context, told | {"homes": ["1"]}).changed == ["Make and mount the homes"]


def test_volumes_are_one_for_each_and_wait_for_a_person(context: Context) -> None:
    text = homes.manifest(context).content
    assert text.count("kind: PersistentVolume\n") == 2
    assert f"path: {paths.HOMES}/002/home\n" in text
    assert f'storage: "{5 * 1024**3}"' in text
    assert text.count("Retain") == 3
