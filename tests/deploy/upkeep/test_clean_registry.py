"""The registry's retention, by a real registry: what is used stays, what nobody asks for goes."""

import os
import time

import pytest

from .clean_bed import GRACE_S, MB, Cleaner, part
from .registry_bed import Registry


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
