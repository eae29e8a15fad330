"""Files of the registry that a power cut has left empty, short or full of zeros: the next round removes
them, and what is pushed again is whole."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .clean_bed import MB, Cleaner, part
from .registry_bed import MANIFEST, Registry, digest_of

BASE, OWN = part(1), part(2)
Damage = Callable[[bytes], bytes]
DAMAGES: dict[str, Damage] = {
    "empty": lambda _: b"",
    "short": lambda data: data[: len(data) // 2],
    "zeros": lambda data: bytes(len(data)),
    "more": lambda data: data + data,
    "a line end": lambda data: data + b"\n",
}
FILES = {
    "tag": "repositories/i-hurt/_manifests/tags/abc/current/link",
    "tag's index": "repositories/i-hurt/_manifests/tags/abc/index/sha256/*/link",
    "revision": "repositories/i-hurt/_manifests/revisions/sha256/*/link",
    "layer link": f"repositories/i-hurt/_layers/sha256/{digest_of(OWN)[7:]}/link",
    "manifest": "manifest",
    "config": "config",
    "layer": f"blobs/sha256/*/{digest_of(OWN)[7:]}/data",
}
CASES = [
    *((kind, "empty", late) for kind in FILES for late in (False, True)),
    *((kind, damage, False) for kind in ("tag", "layer link") for damage in ("zeros", "more", "a line end")),
    ("revision", "short", False),
    ("manifest", "zeros", False),
    ("config", "more", False),
    ("layer", "short", False),
]


def file_of(server: Registry, kind: str) -> Path:
    """One file of the image i-hurt:abc."""
    store = server.folder / "docker/registry/v2"
    pattern = FILES[kind]
    if pattern in ("manifest", "config"):
        answer = server.http.get("/v2/i-hurt/manifests/abc")
        digest = digest_of(answer.content) if kind == "manifest" else answer.json()["config"]["digest"]
        pattern = f"blobs/sha256/*/{digest[7:]}/data"
    (found,) = store.glob(pattern)
    return found


def hurt(server: Registry, kind: str, damage: str) -> None:
    file = file_of(server, kind)
    file.write_bytes(DAMAGES[damage](file.read_bytes()))


def push(server: Registry, name: str) -> None:
    server.push(name, "abc", BASE, OWN if name == "i-hurt" else part(3))


@pytest.fixture
def two(server: Registry, clean: Cleaner) -> Registry:
    """Two images with a layer in common, far below the budget, one of them pinned and read just now."""
    for name in ("i-hurt", "i-good"):
        push(server, name)
    clean.pins.write_text("10.43.0.50:5000/i-hurt:abc 0\n")
    assert clean() == "" and server.pulls("i-hurt", "abc")
    return server


@pytest.mark.parametrize(("kind", "damage", "late"), CASES)
def test_what_is_damaged_is_built_again(
    two: Registry, clean: Cleaner, kind: str, damage: str, late: bool
) -> None:
    hurt(two, kind, damage)
    if late:
        clean.later()
    assert "damaged" in clean()
    still = two.http.get("/v2/i-hurt/manifests/abc").status_code
    assert still == (200 if kind == "tag's index" else 404), "BinderHub is told that there is no such image"
    assert two.pulls("i-good", "abc")
    push(two, "i-hurt")
    assert two.pulls("i-hurt", "abc"), "and what is pushed then is whole"
    assert clean() == ""


@pytest.mark.parametrize("kind", ["config", "layer"])
def test_after_a_power_cut_all_blobs_are_read_once(two: Registry, clean: Cleaner, kind: str) -> None:
    hurt(two, kind, "zeros")
    assert clean() == "", "the size is right"
    clean.checks.mkdir()
    left = clean.checks / "registry"
    left.write_text("all\n")
    clean.check_s = 0
    clean()
    assert len(left.read_text().split()) == clean.blobs() > 0, "no time was left: all is still to be read"
    clean.check_s = 60
    assert "blob sha256:" in clean()
    assert not left.exists()
    assert not two.asked("i-hurt", "abc") and two.pulls("i-good", "abc")
    push(two, "i-hurt")
    assert two.pulls("i-hurt", "abc") and clean() == ""


def test_without_a_registry_there_is_nothing_to_check(clean: Cleaner) -> None:
    clean.checks.mkdir()
    (clean.checks / "registry").write_text("all\n")
    clean()
    assert list(clean.checks.iterdir()) == []


def test_a_layer_in_common_takes_all_its_images_along(two: Registry, clean: Cleaner) -> None:
    (layer,) = two.folder.glob(f"docker/registry/v2/blobs/sha256/*/{digest_of(BASE)[7:]}/data")
    layer.write_bytes(b"")
    clean()
    assert not two.asked("i-hurt", "abc") and not two.asked("i-good", "abc")
    push(two, "i-good")
    assert two.pulls("i-good", "abc")


def test_an_image_of_images_goes_with_one_of_them(two: Registry, clean: Cleaner) -> None:
    child = two.manifest("i-many", [part(7)])
    answer = two.put("i-many", digest_of(child), child)
    assert answer.status_code == 201
    entry = {"mediaType": MANIFEST, "digest": digest_of(child), "size": len(child)}
    kind = "application/vnd.oci.image.index.v1+json"
    index = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": [entry]}, indent=3).encode()
    sent = two.http.put("/v2/i-many/manifests/all", content=index, headers={"Content-Type": kind})
    assert sent.status_code == 201, sent.text
    assert clean() == ""
    (layer,) = two.folder.glob(f"docker/registry/v2/blobs/sha256/*/{digest_of(part(7))[7:]}/data")
    layer.write_bytes(b"")
    clean()
    asked = two.http.get("/v2/i-many/manifests/all", headers={"Accept": kind})
    assert asked.status_code == 404
    assert two.pulls("i-good", "abc")


def test_a_manifest_that_lies_about_a_size_costs_no_other_image_a_layer(
    two: Registry, clean: Cleaner
) -> None:
    told = json.loads(two.manifest("i-liar", [BASE]))
    told["layers"][0]["size"] = 5 * MB
    assert two.put("i-liar", "abc", json.dumps(told).encode()).status_code == 201
    clean()
    assert not two.asked("i-liar", "abc"), "no session could start from it"
    assert two.pulls("i-good", "abc") and two.pulls("i-hurt", "abc")


def test_an_empty_layer_that_is_meant_to_be_empty_is_whole(server: Registry, clean: Cleaner) -> None:
    server.push("i-empty", "abc", b"", part(4))
    assert clean() == ""
    assert server.pulls("i-empty", "abc")


def test_a_write_that_was_cut_off_leaves_nothing(two: Registry, clean: Cleaner) -> None:
    left = file_of(two, "layer").with_name("data.5f0c.tmp")
    left.write_bytes(b"half")
    clean()
    assert left.exists(), "it may go on"
    clean.later()
    clean()
    assert not left.exists()


def test_looking_for_damage_is_no_use(two: Registry, clean: Cleaner) -> None:
    clean()
    links = sorted(two.folder.rglob("link"))
    before = [link.stat().st_mtime_ns for link in links]
    (clean.work / "links-read").unlink()
    clean()
    clean()
    assert [link.stat().st_mtime_ns for link in links] == before
