"""The registry's retention, by a real registry: what is used stays, what nobody asks for goes."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import disk_cleanup, registry
from binder_singlenode.layout import paths

from .registry_bed import Registry, registry_program

MB = 10**6
GRACE_S = 3600


def part(seed: int, size: int = MB) -> bytes:
    return seed.to_bytes(4, "big") * (size // 4)


@pytest.fixture
def server(context: Context, tmp_path: Path) -> Iterator[Registry]:
    program = registry_program()
    if program is None:
        pytest.skip("no registry here: the test bed is not built, and $BINDER_REGISTRY names none")
    folder = tmp_path / "registry"
    folder.mkdir()
    manifest = registry.manifest(context)
    environment = dict(re.findall(r'name: (REGISTRY_STORAGE_CACHE\w+), value: "?([\w]+)', manifest.content))
    assert environment, "the manifest turns the cache off"
    running = Registry(program, folder, environment)
    yield running
    running.stop()


class Cleaner:
    """The script as `up` places it, with a small budget, and time that passes when told."""

    def __init__(self, context: Context, server: Registry, folder: Path) -> None:
        (script,) = (file for file in disk_cleanup.files(context) if file.path == paths.CLEAN_REGISTRY)
        self.script = folder / "clean-registry"
        self.script.write_text(script.content)
        self.pins = folder / "pins"
        self.work = folder / "run"
        self.work.mkdir()
        self.files = server.folder
        self.budget_bytes = 12 * MB

    def __call__(self) -> str:
        done = subprocess.run(
            ["sh", str(self.script)],
            env={
                "PATH": "/usr/bin:/bin",
                "REGISTRY": str(self.files),
                "REGISTRY_BYTES": str(self.budget_bytes),
                "HIGH_PERCENT": "90",
                "LOW_PERCENT": "75",
                "GRACE_S": str(GRACE_S),
                "PINS": str(self.pins),
                "RUNTIME_DIRECTORY": str(self.work),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def later(self) -> None:
        """Two grace periods pass: the script's clock is moved forward, as no file's ctime can be set back."""
        moved = self.script.read_text().replace("$(date +%s)", "$(($(date +%s) + 2 * GRACE_S))")
        self.script.write_text(moved)

    def used_at(self, name: str, tag: str, days_ago: float) -> None:
        """The last use of a tag, as an earlier round has noted it."""
        link = self.link(name, tag)
        there = link.stat()
        os.utime(link, ns=(there.st_atime_ns, time.time_ns() - int(days_ago * 86400e9)))

    def layers_read(self, name: str, seconds_ago: float) -> None:
        """Somebody asked for the layers of a repository, by the script's clock."""
        read_ns = time.time_ns() + int((2 * GRACE_S - seconds_ago) * 1e9)
        for link in self.files.rglob(f"repositories/{name}/_layers/sha256/*/link"):
            os.utime(link, ns=(read_ns, link.stat().st_mtime_ns))

    def link(self, name: str, tag: str) -> Path:
        return (
            self.files / "docker/registry/v2/repositories" / name / "_manifests/tags" / tag / "current/link"
        )

    def blobs(self) -> int:
        return sum(1 for path in self.files.rglob("blobs/sha256/*/*/data"))


@pytest.fixture
def clean(context: Context, server: Registry, tmp_path: Path) -> Cleaner:
    return Cleaner(context, server, tmp_path)


@pytest.fixture
def full(server: Registry, clean: Cleaner) -> list[str]:
    """Five images of 2 MB with a layer of 1 MB in common: 11 MB; used a day apart, the first longest ago."""
    names = [f"i-{number}" for number in range(5)]
    for number, name in enumerate(names):
        server.push(name, "abc", part(99), part(number, 2 * MB))
        clean.used_at(name, "abc", 9 - number)
    return names


def test_an_empty_registry_is_no_failure(clean: Cleaner) -> None:
    assert clean() == ""


def test_below_the_budget_nothing_goes(server: Registry, clean: Cleaner, full: list[str]) -> None:
    clean.budget_bytes = 20 * MB
    clean.later()
    assert clean() == ""
    assert all(server.pulls(name, "abc") for name in full)


def test_what_was_not_used_longest_goes_until_there_is_room(
    server: Registry, clean: Cleaner, full: list[str]
) -> None:
    clean.later()
    said = clean()
    assert [name for name in full if not server.asked(name, "abc")] == ["i-0", "i-1"]
    assert said.count("dropped") == 2
    assert all(server.pulls(name, "abc") for name in full[2:]), "a layer in common stays"
    used = sum(path.stat().st_size for path in clean.files.rglob("data"))
    assert used < 0.75 * clean.budget_bytes, "the files are gone as well"
    assert clean() == "", "and a second round finds nothing to do"


def test_a_launch_is_a_use(server: Registry, clean: Cleaner, full: list[str]) -> None:
    assert server.asked("i-0", "abc")
    clean()
    assert time.time() - clean.link("i-0", "abc").stat().st_mtime < 60
    clean.later()
    clean()
    assert [name for name in full if not server.asked(name, "abc")] == ["i-1", "i-2"]


def test_each_use_is_noted_not_only_the_first_of_a_day(
    server: Registry, clean: Cleaner, full: list[str]
) -> None:
    link = clean.link("i-4", "abc")
    seen = []
    for _ in range(3):
        assert server.asked("i-4", "abc")
        clean()
        seen.append(link.stat().st_mtime_ns)
    assert seen == sorted(set(seen)), "relatime alone would note the first"


def test_cleaning_itself_is_no_use(clean: Cleaner, full: list[str]) -> None:
    before = [clean.link(name, "abc").stat().st_mtime for name in full]
    clean()
    clean()
    assert [clean.link(name, "abc").stat().st_mtime for name in full] == before


def test_what_is_in_use_stays_whatever_the_budget(server: Registry, clean: Cleaner, full: list[str]) -> None:
    clean.budget_bytes = MB
    for name in full:
        assert server.asked(name, "abc")
    clean()
    assert all(server.pulls(name, "abc") for name in full)


@pytest.mark.parametrize(("expiry", "stays"), [("0", True), ("9999999999", True), ("1000", False)])
def test_a_pin_holds_until_it_expires(
    server: Registry, clean: Cleaner, full: list[str], expiry: str, stays: bool
) -> None:
    clean.pins.write_text(f"10.43.0.50:5000/i-0:abc {expiry}\n")
    clean.later()
    clean()
    assert server.pulls("i-0", "abc") is stays
    assert not server.asked("i-1", "abc")


@pytest.mark.parametrize(("asked_lately", "status"), [(True, 201), (False, 400)])
def test_a_push_under_way_keeps_what_it_relies_on(
    server: Registry, clean: Cleaner, full: list[str], asked_lately: bool, status: int
) -> None:
    """A build found its layers there and has still to push its manifest; meanwhile their image goes."""
    manifest = server.manifest("i-0", [part(99), part(0, 2 * MB), part(50)])
    clean.used_at("i-0", "abc", 30)
    clean.later()
    if asked_lately:
        clean.layers_read("i-0", seconds_ago=GRACE_S / 2)
    clean()
    assert not server.asked("i-0", "abc")
    assert server.put("i-0", "new", manifest).status_code == status
    assert server.pulls("i-0", "new") is asked_lately


def test_what_a_push_left_half_done_goes(server: Registry, clean: Cleaner) -> None:
    server.manifest("i-half", [part(1), part(2)])
    assert server.http.post("/v2/i-half/blobs/uploads/").status_code == 202
    assert clean.blobs() == 3
    clean()
    assert clean.blobs() == 3, "it may go on"
    clean.later()
    old = time.time() - 86400
    for upload in clean.files.rglob("_uploads/*"):
        os.utime(upload, (old, old))
    clean()
    assert clean.blobs() == 0
    assert not list(clean.files.rglob("_uploads/*"))
    server.push("i-half", "abc", part(1), part(2))
    assert server.pulls("i-half", "abc"), "a new push brings everything anew: the registry remembers nothing"


def test_an_image_that_lacks_a_part_is_built_again(server: Registry, clean: Cleaner) -> None:
    server.push("i-broken", "abc", part(1))
    server.push("i-good", "abc", part(2))
    next(
        path
        for path in clean.files.rglob("data")
        if path.stat().st_size == MB and path.read_bytes() == part(1)
    ).unlink()
    assert server.asked("i-broken", "abc") and not server.pulls("i-broken", "abc")
    clean()
    assert not server.asked("i-broken", "abc")
    assert server.pulls("i-good", "abc")


def test_a_manifest_whose_tag_moved_on_goes_first(server: Registry, clean: Cleaner, full: list[str]) -> None:
    server.push("i-4", "abc", part(99), part(7, 2 * MB))
    clean.later()
    clean()
    assert server.pulls("i-4", "abc")
    revisions = clean.link("i-4", "abc").parents[3] / "revisions/sha256"
    assert len(list(revisions.iterdir())) == 1
