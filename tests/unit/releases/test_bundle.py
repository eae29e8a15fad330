"""Bundles: a whole one loads; every way it can be damaged is refused by name."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.cli.terminal import say
from binder_singlenode.errors import BundleError
from binder_singlenode.provision import workflow
from binder_singlenode.releases import bundle
from binder_singlenode.releases.bundle import BundleFile
from binder_singlenode.releases.versions import DIND_IMAGE

FILES = {
    "bin/k3s": ("k3s", "v1.36.3+k3s1", None),
    "helm.tar.gz": ("helm", "v4.3.1", "linux-amd64/helm"),
    "caddy.tar.gz": ("caddy", "v2.10.2", "caddy"),
    "chart.tgz": ("chart", "1.0.0", None),
    "images/base.tar": ("images", "1", None),
    "images/release.tar": ("images", "1", None),
}
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(f"content of {name}\n".encode() * 100)
    files = [BundleFile(kind, version, name, member) for name, (kind, version, member) in FILES.items()]
    bundle.write(tmp_path, "amd64", files, {"registry_image": "example.test/registry:1"}, standin=True)
    return tmp_path


def change(folder: Path, action: Change) -> None:
    """Change the manifest as an attacker or a bad tool would."""
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    action(document)
    path.write_text(json.dumps(document))


def refused(folder: Path, arch: str = "amd64") -> BundleError:
    with pytest.raises(BundleError) as caught:
        bundle.load(folder, arch)
    return caught.value


def test_a_whole_bundle_loads(folder: Path) -> None:
    release = bundle.load(folder, "amd64")
    assert (release.k3s.version, release.k3s.path) == ("v1.36.3+k3s1", folder / "bin/k3s")
    assert release.k3s.size_bytes == (folder / "bin/k3s").stat().st_size
    assert release.helm.member == "linux-amd64/helm"
    assert [image.name for image in release.images] == ["base.tar", "release.tar"]
    assert len(release.artifacts) == len(FILES)
    assert release.standin


def test_settings_of_the_manifest_win_over_the_defaults(folder: Path) -> None:
    settings = bundle.load(folder, "amd64").settings
    assert settings["registry_image"] == "example.test/registry:1"
    assert settings["dind_image"] == DIND_IMAGE


def test_a_bundle_names_its_sample_or_has_none(folder: Path) -> None:
    """Without internet a repository of the internet would fail a host that is well."""
    assert bundle.load(folder, "amd64").sample_repository is None
    change(folder, lambda document: document["settings"].update(sample_repository="http://git.test/sample"))
    assert bundle.load(folder, "amd64").sample_repository == "http://git.test/sample"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("position", [0, 700, -1])
def test_one_changed_byte_anywhere_is_refused_by_name(folder: Path, name: str, position: int) -> None:
    path = folder / name
    data = bytearray(path.read_bytes())
    expected = bundle.digest(path)
    data[position] ^= 1
    path.write_bytes(data)
    error = refused(folder)
    assert error.where == f"{folder}/{name}"
    assert error.message == f"expected SHA-256 {expected}, found {bundle.digest(path)}"
    assert "Copy the bundle again" in (error.hint or "")


@pytest.mark.parametrize("name", FILES)
def test_a_changed_digest_in_the_manifest_is_refused_by_name(folder: Path, name: str) -> None:
    def flip(document: dict[str, Any]) -> None:
        entry = next(file for file in document["files"] if file["path"] == name)
        entry["sha256"] = ("0" if entry["sha256"][0] != "0" else "1") + entry["sha256"][1:]

    change(folder, flip)
    assert refused(folder).where == f"{folder}/{name}"


def test_every_byte_of_the_manifest_that_matters_is_looked_at(folder: Path) -> None:
    """Bytes may change without harm only where nothing is said: spaces, and free texts."""
    path = folder / "manifest.json"
    original = path.read_bytes()
    good = bundle.load(folder, "amd64")
    for position in range(len(original)):
        data = bytearray(original)
        data[position] ^= 1
        path.write_bytes(data)
        try:
            release = bundle.load(folder, "amd64")
        except BundleError:
            continue
        found = {(a.sha256, a.size_bytes) for a in release.artifacts}
        assert found == {(a.sha256, a.size_bytes) for a in good.artifacts}, position


def test_a_shorter_file_is_refused_by_its_size(folder: Path) -> None:
    path = folder / "chart.tgz"
    size = path.stat().st_size
    os.truncate(path, size - 1)
    assert str(refused(folder)) == f"{folder}/chart.tgz: expected {size} bytes, found {size - 1}"


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "images/base.tar").unlink()
    assert str(refused(folder)) == f"{folder}/images/base.tar: the file is missing"


def test_a_folder_in_a_files_place(folder: Path) -> None:
    (folder / "chart.tgz").unlink()
    (folder / "chart.tgz").mkdir()
    assert refused(folder).where == f"{folder}/chart.tgz"


def test_a_link_that_leads_out_is_refused(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "chart.tgz"
    (folder / "chart.tgz").rename(outside)
    (folder / "chart.tgz").symlink_to(outside)
    assert refused(folder).message == "chart.tgz is a link that leads out of the bundle"


def test_the_wrong_architecture(folder: Path) -> None:
    error = refused(folder, "arm64")
    assert error.message == "the bundle is for amd64, and the host is arm64"
    assert error.hint == "Give --bundle a folder made for arm64."


def test_no_folder_and_no_manifest(tmp_path: Path) -> None:
    assert "no such folder" in refused(tmp_path / "nowhere").message
    assert "has no manifest.json" in refused(tmp_path).message


RAW = [
    (b'{"apiVersion": 1,\n  oops}', "manifest.json:2:3: it is not JSON: "),
    (b"\xff\xfe", "it is not UTF-8 at byte 0"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"arch": "amd64", "arch": "arm64"}', "the key arch is there twice"),
    (b" " * (1024 * 1024 + 1), "larger than 1048576 bytes"),
    (b"[]", "Input should be a valid dictionary"),
    (b"", "it is not JSON"),
]


@pytest.mark.parametrize(("raw", "message"), RAW, ids=[message for _, message in RAW])
def test_a_manifest_that_is_none(tmp_path: Path, raw: bytes, message: str) -> None:
    (tmp_path / "manifest.json").write_bytes(raw)
    assert message in str(refused(tmp_path))


def _file(**changes: Any) -> Change:
    return lambda document: document["files"][0].update(changes)


SHAPES: dict[str, tuple[Change, str]] = {
    "version": (
        lambda d: d.update(apiVersion="binder/bundle/v2"),
        "apiVersion: Input should be 'binder/bundle/v1'",
    ),
    "arch": (lambda d: d.update(arch="riscv64"), "arch: Input should be 'amd64' or 'arm64'"),
    "standin": (lambda d: d.update(standin="yes"), "standin: Input should be a valid boolean"),
    "files": (lambda d: d.update(files={}), "files: Input should be a valid tuple"),
    "extra": (lambda d: d.update(extra=1), "extra: Extra inputs are not permitted"),
    "missing": (lambda d: d.pop("arch"), "arch: Field required"),
    "no k3s": (lambda d: d["files"].pop(0), "files: there are 0 files of kind k3s, not 1"),
    "two k3s": (_file(kind="helm"), "there are 0 files of kind k3s"),
    "two helm": (
        lambda d: d["files"].append({**d["files"][1], "path": "other"}),
        "there are 2 files of kind helm, not 1",
    ),
    "same path": (lambda d: d["files"].append({**d["files"][4]}), "named twice: images/base.tar"),
    "kind": (
        _file(kind="docker"),
        "files[0].kind: Input should be 'k3s', 'helm', 'caddy', 'chart' or 'images'",
    ),
    "size": (_file(size="12"), "files[0].size: Input should be a valid integer"),
    "size true": (_file(size=True), "files[0].size: Input should be a valid integer"),
    "negative": (_file(size=-1), "files[0].size: Input should be greater than or equal to 0"),
    "sha256": (_file(sha256="ABC"), "files[0].sha256: String should match pattern"),
    "no path": (_file(path=""), "files[0].path: String should have at least 1 character"),
    "up": (_file(path="../k3s"), "files[0].path: the path '../k3s' leads out of its folder"),
    "up inside": (_file(path="bin/../../k3s"), "leads out of its folder"),
    "absolute": (_file(path="/etc/shadow"), "the path '/etc/shadow' leads out of its folder"),
    "backslash": (_file(path="..\\k3s"), "leads out of its folder"),
    "newline": (_file(path="k3s\n"), "leads out of its folder"),
    "folder": (_file(path="."), "leads out of its folder"),
    "member up": (_file(member="../helm"), "files[0].member: the path '../helm' leads out of its folder"),
    "a field by our own name for it": (
        lambda d: d["files"][0].update(size_bytes=d["files"][0].pop("size")),
        "files[0].size: Field required",
    ),
    "unknown field": (_file(mode="0755"), "files[0].mode: Extra inputs are not permitted"),
    "setting": (lambda d: d.update(settings={"registry": "x"}), "settings.registry: Input should be"),
    "setting value": (
        lambda d: d.update(settings={"dind_image": 1}),
        "settings.dind_image: Input should be a valid string",
    ),
    "settings": (lambda d: d.update(settings=[]), "settings: Input should be a valid dictionary"),
}


@pytest.mark.parametrize(("action", "message"), SHAPES.values(), ids=SHAPES)
def test_a_manifest_of_the_wrong_shape(folder: Path, action: Change, message: str) -> None:
    change(folder, action)
    assert message in str(refused(folder))


def test_write_refuses_what_load_would_refuse(folder: Path) -> None:
    with pytest.raises(BundleError, match="the file is missing"):
        bundle.write(folder, "amd64", [BundleFile("k3s", "1", "nowhere")])
    with pytest.raises(BundleError, match="leads out"):
        bundle.write(folder, "amd64", [BundleFile("k3s", "1", "../x")])
    with pytest.raises(BundleError, match="there are 0 files of kind k3s"):
        bundle.write(folder, "amd64", [])


def test_stand_ins_are_named_to_who_deploys_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow.tell_of_standins(bundle.load(folder, "amd64"), folder, say)
    said = capsys.readouterr()
    assert said.out == "" and "contains test stand-ins, not k3s and BinderHub" in said.err
    change(folder, lambda document: document.update(standin=False))
    real = bundle.load(folder, "amd64")
    workflow.tell_of_standins(real, folder, say)
    workflow.tell_of_standins(real, None, say)
    assert capsys.readouterr().err == ""


def test_write_takes_mappings_and_gives_the_same_bytes_each_time(folder: Path) -> None:
    files = [
        {"kind": kind, "version": version, "path": name, "member": member}
        for name, (kind, version, member) in FILES.items()
    ]
    first = bundle.write(folder, "amd64", files).read_bytes()
    assert bundle.write(folder, "amd64", files).read_bytes() == first
    assert not bundle.load(folder, "amd64").standin
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []
