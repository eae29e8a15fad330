"""Where publishers offer files, and how their checksum files are read."""

import pytest

from binder_singlenode.errors import BundleError
from binder_singlenode.releases import publishers, versions
from binder_singlenode.releases.publishers import Digest, Source

A, B, C = "a" * 64, "b" * 64, "c" * 128


@pytest.mark.parametrize("arch", versions.ARCHITECTURES)
def test_urls_are_https_and_of_the_architecture(arch: str) -> None:
    for source in (publishers.k3s(arch), publishers.helm(arch), publishers.caddy(arch)):
        assert source.url.startswith("https://")
        assert source.checksums_url.startswith("https://")
        assert "+" not in source.url
        assert arch in source.url or (source.kind, arch) == ("k3s", "amd64")


def test_the_urls_of_the_pinned_versions() -> None:
    assert publishers.k3s("amd64").url == (
        "https://github.com/k3s-io/k3s/releases/download/v1.36.3%2Bk3s1/k3s"
    )
    assert publishers.k3s("arm64").file_name == "k3s-arm64"
    assert publishers.helm("arm64").url == "https://get.helm.sh/helm-v4.3.1-linux-arm64.tar.gz"
    assert publishers.helm("arm64").member == "linux-arm64/helm"
    assert publishers.caddy("amd64").url == (
        "https://github.com/caddyserver/caddy/releases/download/v2.10.2/caddy_2.10.2_linux_amd64.tar.gz"
    )


SOURCE = Source("k3s", "v1", "https://example.test/k3s", "https://example.test/sha256sum-amd64.txt")


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (f"{A}  k3s\n", Digest("sha256", A)),
        (f"{B}  k3s-airgap-images-amd64.tar\n{A}  k3s\n", Digest("sha256", A)),
        (f"{A} *k3s\r\n", Digest("sha256", A)),
        (f"{C}  k3s", Digest("sha512", C)),
        (f"{A}  k3s\n{A}  k3s\n", Digest("sha256", A)),
    ],
)
def test_a_checksum_file_is_read(text: str, digest: Digest) -> None:
    assert publishers.from_checksums(text, SOURCE) == digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the checksum file does not name k3s"),
        (f"{A}  k3s-arm64\n", "does not name k3s"),
        (f"{A}  dir/k3s\n", "does not name k3s"),
        (f"{A[:-1]}  k3s\n", "does not name k3s"),
        ("<html>Sign in to this network</html>", "does not name k3s"),
        (f"{A}  k3s\n{B}  k3s\n", "names k3s with 2 digests"),
    ],
)
def test_a_checksum_file_that_does_not_say(text: str, message: str) -> None:
    with pytest.raises(BundleError, match=message) as caught:
        publishers.from_checksums(text, SOURCE)
    assert caught.value.where == SOURCE.checksums_url
    assert "--bundle DIR" in (caught.value.hint or "")


INDEX = f"""apiVersion: v1
entries:
  binderhub:
  - apiVersion: v2
    created: "2026-07-03T08:00:00Z"
    dependencies:
    - name: jupyterhub
      repository: https://example.test/
      version: 4.2.0
    digest: {B}
    name: binderhub
    urls:
    - https://example.test/binderhub-2.tgz
    version: 1.0.0-0.dev.git.3984.h1
  - apiVersion: v2
    dependencies:
    - name: jupyterhub
      version: {versions.BINDERHUB_CHART}
    digest: {A}
    name: binderhub
    urls:
    - binderhub-{versions.BINDERHUB_CHART}.tgz
    version: {versions.BINDERHUB_CHART}
  jupyterhub:
  - apiVersion: v2
    digest: {B}
    urls: [jupyterhub.tgz]
    version: 9.9.9
generated: "2026-07-03T08:00:00Z"
"""


def test_the_charts_entry_is_found_in_the_index() -> None:
    source, digest = publishers.from_index(INDEX)
    assert digest == Digest("sha256", A)
    assert source.url == f"https://hub.jupyter.org/helm-chart/binderhub-{versions.BINDERHUB_CHART}.tgz"


def test_an_absolute_url_stays() -> None:
    source, digest = publishers.from_index(INDEX, "1.0.0-0.dev.git.3984.h1")
    assert (source.url, digest.hex) == ("https://example.test/binderhub-2.tgz", B)


@pytest.mark.parametrize(
    ("text", "version", "message"),
    [
        (INDEX, "4.2.0", "the chart repository has no binderhub 4.2.0"),
        (INDEX, "9.9.9", "the chart repository has no binderhub 9.9.9"),
        ("", "1", "has no binderhub 1"),
        (INDEX.replace(f"digest: {A}", "digest: short"), versions.BINDERHUB_CHART, "has no SHA-256 digest"),
        (INDEX.replace("- binderhub-", "- http://example.test/"), versions.BINDERHUB_CHART, "is not https"),
        (INDEX.replace("urls:\n    - b", "x:\n    - b"), versions.BINDERHUB_CHART, "has no URL"),
        (INDEX.replace(f"digest: {A}", 'digest: "'), versions.BINDERHUB_CHART, "is not YAML"),
    ],
)
def test_an_index_that_does_not_say(text: str, version: str, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        publishers.from_index(text, version)


def test_a_large_index_is_read_quickly(recwarn: pytest.WarningsRecorder) -> None:
    """The real one has thousands of versions; parsing it whole takes minutes in pure Python."""
    entry = INDEX.split("entries:\n  binderhub:\n")[1].split("  - apiVersion: v2\n    dependencies")[0]
    many = "".join(entry.replace("3984.h1", f"{number}.h1") for number in range(4000, 12000))
    large = INDEX.replace("  binderhub:\n", f"  binderhub:\n{many}")
    assert len(large) > 2_000_000
    assert publishers.from_index(large)[1].hex == A
