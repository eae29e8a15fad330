"""The builder of the test bed: its cache, its images, its bundle. Nothing is compiled or downloaded here."""

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def building(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The package as build.py sees it, with a cache of its own."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.usefixtures("building")
def test_a_thing_is_built_once_and_older_ones_go(tmp_path: Path) -> None:
    from building import cache

    built: list[str] = []

    def build(target: Path) -> None:
        built.append("once")
        target.write_text("x")

    first = cache.made("thing", cache.key("a"), build)
    assert cache.made("thing", cache.key("a"), build) == first
    assert built == ["once"]
    second = cache.made("thing", cache.key("b"), build)
    assert second.exists()
    assert not first.exists()
    assert {path.name for path in cache.root().iterdir()} == {second.name}


@pytest.mark.usefixtures("building")
def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    from building import cache

    def fail(target: Path) -> None:
        target.write_text("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cache.made("thing", cache.key("a"), fail)
    assert list(cache.root().iterdir()) == []


@pytest.mark.usefixtures("building")
def test_the_key_sees_names_and_content(tmp_path: Path) -> None:
    from building import cache

    (tmp_path / "sources").mkdir()
    file = tmp_path / "sources" / "a.go"
    file.write_text("1")
    before = cache.key(tmp_path / "sources", "flags")
    file.write_text("2")
    changed = cache.key(tmp_path / "sources", "flags")
    file.rename(file.with_name("b.go"))
    assert (
        len({before, changed, cache.key(tmp_path / "sources", "flags"), cache.key(tmp_path / "sources")}) == 4
    )


@pytest.mark.usefixtures("building")
def test_an_image_is_a_valid_oci_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from building import archive, debian

    monkeypatch.setattr(debian, "compress", lambda source, target: target.write_bytes(source.read_bytes()))
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    content = {
        "/bin/program": program,
        "/bin/alias": archive.Link("program"),
        "/tmp": None,
        "/etc/x": "text\n",
    }
    image = archive.Image("docker.io/testbed/x:1", content, ("/bin/program",), ("serve",))
    archive.write(tmp_path / "x.tar", image)
    archive.write(tmp_path / "again.tar", image)
    assert (tmp_path / "x.tar").read_bytes() == (tmp_path / "again.tar").read_bytes()
    with tarfile.open(tmp_path / "x.tar") as packed:
        index = json.load(packed.extractfile("index.json"))  # type: ignore[arg-type]
        assert index["manifests"][0]["annotations"] == {"io.containerd.image.name": "docker.io/testbed/x:1"}
        manifest = json.loads(blob(packed, index["manifests"][0]))
        config = json.loads(blob(packed, manifest["config"]))
        layer = blob(packed, manifest["layers"][0])
    assert config["config"]["Entrypoint"] == ["/bin/program"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    (tmp_path / "layer.tar").write_bytes(layer)
    with tarfile.open(tmp_path / "layer.tar") as files:
        modes = {entry.name: (oct(entry.mode), entry.linkname) for entry in files}
    assert modes == {
        "bin": ("0o755", ""), "bin/alias": ("0o755", "program"), "bin/program": ("0o755", ""),
        "etc": ("0o755", ""), "etc/x": ("0o644", ""), "tmp": ("0o1777", ""),
    }  # fmt: skip


@pytest.mark.usefixtures("building")
def test_images_in_one_archive_share_the_layers_below_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from building import archive, debian

    monkeypatch.setattr(debian, "compress", lambda source, target: target.write_bytes(source.read_bytes()))
    below = archive.Image("docker.io/testbed/below:1", {"/a": "a\n"}, ())
    home = {"/home/jovyan": None}
    one = archive.Image("one:1", home, (), base=below, owner={"/home/jovyan": (1000, 100)}, user="1000:100")
    two = archive.Image("two:1", {"/b": "b\n"}, (), base=below)
    archive.write(tmp_path / "both.tar", one, two)
    with tarfile.open(tmp_path / "both.tar") as packed:
        index = json.load(packed.extractfile("index.json"))  # type: ignore[arg-type]
        manifests = [json.loads(blob(packed, each)) for each in index["manifests"]]
        configs = [json.loads(blob(packed, each["config"])) for each in manifests]
        (tmp_path / "top.tar").write_bytes(blob(packed, manifests[0]["layers"][1]))
    names = [each["annotations"]["io.containerd.image.name"] for each in index["manifests"]]
    assert names == ["one:1", "two:1"]
    assert manifests[0]["layers"][0] == manifests[1]["layers"][0]
    assert [len(each["rootfs"]["diff_ids"]) for each in configs] == [2, 2]
    assert [each["config"].get("User") for each in configs] == ["1000:100", None]
    with tarfile.open(tmp_path / "top.tar") as files:
        entry = files.getmember("home/jovyan")
    assert (entry.uid, entry.gid) == (1000, 100)


def blob(archive: tarfile.TarFile, descriptor: dict[str, object]) -> bytes:
    """A blob of an OCI archive, verified."""
    digest = str(descriptor["digest"]).removeprefix("sha256:")
    stream = archive.extractfile(f"blobs/sha256/{digest}")
    assert stream is not None
    data = stream.read()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (digest, descriptor["size"])
    return data


@pytest.mark.usefixtures("building")
def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from building import programs

    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(
        programs.BuildError, match=r"mmdebstrap is not installed \(Debian package: mmdebstrap\)"
    ):
        programs.run(["mmdebstrap", "--version"])


@pytest.mark.usefixtures("building")
def test_a_failed_command_is_told_with_its_last_words() -> None:
    from building import programs

    with pytest.raises(programs.BuildError, match="exit code 3\nwhat went wrong"):
        programs.run(["sh", "-c", "echo what went wrong >&2; exit 3"])


def test_a_folder_that_is_no_bundle_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    done = subprocess.run(
        [sys.executable, HERE / "build.py", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "neither empty nor a bundle" in done.stderr
    assert (tmp_path / "precious").read_text() == "mine"
