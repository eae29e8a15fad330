"""The lock file: made once, believed afterwards, refused with the place of the mistake."""

import dataclasses
import hashlib
from pathlib import Path

import pytest

from binder_singlenode.errors import BundleError
from binder_singlenode.releases import lock_file, publishers, versions
from binder_singlenode.releases import resolve as releases_resolve
from binder_singlenode.releases.versions import Release

CADDY = b"caddy's archive"
SHA = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("k3s", "helm", "chart")}


class Publishers:
    """The publishers' sites, as a Fetch that counts what it is asked for."""

    def __init__(self, arch: str = "amd64") -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        k3s, helm, caddy = publishers.k3s(arch), publishers.helm(arch), publishers.caddy(arch)
        self.text(k3s.checksums_url, f"{SHA['k3s']}  {k3s.file_name}\n")
        self.text(helm.checksums_url, f"{SHA['helm']}  {helm.file_name}\n")
        self.text(caddy.checksums_url, f"{hashlib.sha512(CADDY).hexdigest()}  {caddy.file_name}\n")
        self.files[caddy.url] = CADDY
        self.text(
            publishers.CHART_INDEX,
            "entries:\n  binderhub:\n"
            f"  - digest: {SHA['chart']}\n    urls:\n    - b.tgz\n    version: {versions.BINDERHUB_CHART}\n",
        )

    def text(self, url: str, text: str) -> None:
        self.files[url] = text.encode()

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.files:
            raise BundleError("there is no such file (404)", where=url)
        return self.files[url]

    def into(self, url: str, path: Path) -> None:
        with path.open("ab") as file:
            file.write(self(url)[path.stat().st_size :])


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return tmp_path / "lab.yaml"


def resolve(tmp_path: Path, arch: str = "amd64") -> Release:
    return releases_resolve.resolve(arch, Publishers(arch), tmp_path / "cache")


@pytest.mark.parametrize("arch", versions.ARCHITECTURES)
def test_every_artifact_gets_a_digest_from_its_publisher(tmp_path: Path, arch: str) -> None:
    release = resolve(tmp_path, arch)
    assert release.k3s.sha256 == SHA["k3s"]
    assert release.helm.sha256 == SHA["helm"]
    assert release.chart.sha256 == SHA["chart"]
    assert release.chart.url == "https://hub.jupyter.org/helm-chart/b.tgz"
    assert release.settings == versions.default_settings()
    assert {a.version for a in release.artifacts} == {
        versions.K3S,
        versions.HELM,
        versions.CADDY,
        versions.BINDERHUB_CHART,
    }


def test_the_sha256_of_caddy_is_that_of_the_file_with_the_stated_sha512(tmp_path: Path) -> None:
    release = resolve(tmp_path)
    assert release.caddy.sha256 == hashlib.sha256(CADDY).hexdigest()
    assert (tmp_path / "cache" / "sha256" / release.caddy.sha256).read_bytes() == CADDY


def test_a_caddy_that_is_not_what_its_publisher_states(tmp_path: Path) -> None:
    sites = Publishers()
    sites.files[publishers.caddy("amd64").url] = b"tampered"
    with pytest.raises(BundleError, match="expected sha512:"):
        releases_resolve.resolve("amd64", sites, tmp_path / "cache")


def test_a_saved_lock_is_read_back(tmp_path: Path, host: Path) -> None:
    release = resolve(tmp_path)
    path = lock_file.lock_path(host)
    lock_file.save(release, path)
    read = lock_file.load(path, "amd64")
    without_size = dataclasses.replace(release, caddy=dataclasses.replace(release.caddy, size_bytes=None))
    assert read == without_size
    assert path.read_text().startswith("# What is installed on this host")
    assert [item.name for item in tmp_path.iterdir() if ".new" in item.name] == []


def test_the_lock_is_made_once_and_then_believed(tmp_path: Path, host: Path) -> None:
    sites = Publishers()
    first = lock_file.load_or_resolve(host, "amd64", sites, tmp_path / "cache")
    assert (tmp_path / "lab.lock.yaml").exists()
    sites.files.clear()
    sites.asked.clear()
    again = lock_file.load_or_resolve(host, "amd64", sites, tmp_path / "cache")
    assert [a.sha256 for a in again.artifacts] == [a.sha256 for a in first.artifacts]
    assert sites.asked == [], "a host with a lock needs no publisher"


def test_a_lock_outlives_new_versions(tmp_path: Path, host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock_file.load_or_resolve(host, "amd64", Publishers(), tmp_path / "cache")
    old = versions.K3S
    monkeypatch.setattr(versions, "K3S", "v9.9.9+k3s1")
    monkeypatch.setattr(versions, "DIND_IMAGE", "docker:99")
    release = lock_file.load_or_resolve(host, "amd64", Publishers(), tmp_path / "cache")
    assert release.k3s.version == old
    assert release.settings["dind_image"] != "docker:99"


def test_no_lock_is_left_when_a_publisher_fails(tmp_path: Path, host: Path) -> None:
    sites = Publishers()
    del sites.files[publishers.helm("amd64").checksums_url]
    with pytest.raises(BundleError, match="no such file"):
        lock_file.load_or_resolve(host, "amd64", sites, tmp_path / "cache")
    assert not lock_file.lock_path(host).exists()


def test_a_lock_of_another_architecture(tmp_path: Path, host: Path) -> None:
    lock_file.save(resolve(tmp_path), lock_file.lock_path(host))
    with pytest.raises(BundleError, match="the lock is for amd64, and the host is arm64") as caught:
        lock_file.load(lock_file.lock_path(host), "arm64")
    assert "Remove the lock file" in (caught.value.hint or "")


def test_an_architecture_without_releases(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no release for riscv64"):
        releases_resolve.resolve("riscv64", Publishers(), tmp_path)


def test_a_checksum_file_that_is_no_text(tmp_path: Path) -> None:
    sites = Publishers()
    sites.files[publishers.k3s("amd64").checksums_url] = b"\xff\xfe"
    with pytest.raises(BundleError, match="it is not a text"):
        releases_resolve.resolve("amd64", sites, tmp_path)


DAMAGE = [
    ("apiVersion: binder/lock/v1", "apiVersion: v2", "apiVersion: Input should be 'binder/lock/v1'"),
    ("artifacts:", "things:", "artifacts: Field required"),
    ("  k3s:", "  k4s:", "artifacts.k3s: Field required"),
    (SHA["k3s"], "abc", "artifacts.k3s.sha256: String should match pattern"),
    (
        "url: https://get.helm.sh",
        "url: http://get.helm.sh",
        "artifacts.helm.url: String should match pattern '^https://'",
    ),
    ("member: caddy", "member: [caddy]", "artifacts.caddy.member: Input should be a valid string"),
    ("images:", "pictures:", "images: Field required"),
    ("registry_image:", "register_image:", "images.register_image: Input should be"),
    (
        f"dind_image: {versions.DIND_IMAGE}",
        "dind_image: 1",
        "images.dind_image: Input should be a valid string",
    ),
    ("arch: amd64", "arch: [amd64", "lab.lock.yaml:"),
]


@pytest.mark.parametrize(("old", "new", "message"), DAMAGE, ids=[message for *_, message in DAMAGE])
def test_a_damaged_lock_is_refused(tmp_path: Path, host: Path, old: str, new: str, message: str) -> None:
    path = lock_file.lock_path(host)
    lock_file.save(resolve(tmp_path), path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BundleError) as caught:
        lock_file.load(path, "amd64")
    assert message in str(caught.value)


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b"a: &a [*a"])
def test_a_lock_that_is_none(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.lock.yaml"
    path.write_bytes(raw)
    with pytest.raises(BundleError):
        lock_file.load(path, "amd64")


def test_a_lock_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="the lock file can't be written"):
        lock_file.save(resolve(tmp_path), tmp_path / "nowhere" / "x.lock.yaml")


def test_a_bundle_has_no_lock(tmp_path: Path) -> None:
    release = resolve(tmp_path)
    local = dataclasses.replace(release, k3s=dataclasses.replace(release.k3s, url=None))
    with pytest.raises(BundleError, match="k3s comes from a bundle"):
        lock_file.save(local, tmp_path / "x.lock.yaml")


def test_the_cache_is_where_other_caches_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert releases_resolve.downloads_dir() == tmp_path / "binder-singlenode" / "downloads"


def test_a_lock_file_that_names_the_former_image_for_pruning_still_loads(host: Path, tmp_path: Path) -> None:
    path = lock_file.lock_path(host)
    lock_file.save(resolve(tmp_path), path)
    assert "pruner" not in path.read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8").replace("images:\n", "images:\n  pruner_image: docker:28-cli\n")
    path.write_text(text, encoding="utf-8")
    assert "pruner_image" not in lock_file.load(path, "amd64").settings
