"""`trusted_roots` of the host file: the file is checked on loading, and nothing of a key is shown."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from binder_singlenode import config
from binder_singlenode.base import trust_roots
from binder_singlenode.config import HostFileError
from binder_singlenode.config.secrets import tls_files

from ...deploy.trust import roots_bed


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The PEM texts: a root, its key, a certificate of a server."""
    folder = tmp_path_factory.mktemp("roots")
    root = roots_bed.root(folder)
    server = roots_bed.issued(folder, root, "git.example.org")
    return {"root": root[0].read_text(), "key": root[1].read_text(), "server": server[0].read_text()}


def load(folder: Path, text: str) -> config.Host:
    (folder / "campus.pem").write_text(text)
    (folder / "h.yaml").write_text("address: a.b\ntrusted_roots: campus.pem\n")
    return config.load(folder / "h.yaml")


def test_roots_are_read_and_comments_left_out(tmp_path: Path, made: dict[str, str]) -> None:
    host = load(tmp_path, f"# The campus\n{made['root']}\n{made['root']}")
    assert host.trusted_roots == tmp_path / "campus.pem"
    assert trust_roots.certificates(tls_files.read(host).roots) == made["root"] * 2
    assert config.loads("address: a.b\n", "h.yaml").trusted_roots is None


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ("root key", "contains a private key (it is not shown); remove the key from the file"),
        ("key", "contains a private key (it is not shown)"),
        ("server", "certificate 1 (CN=git.example.org) is not an authority's: it can vouch for no other"),
        ("root server", "certificate 2 (CN=git.example.org) is not an authority's"),
        ("", "contains no certificate in PEM; convert it: openssl x509 -inform der"),
        ("garbage", "certificate 1 cannot be read"),
        ("request", "contains more than certificates"),
    ],
)
def test_what_is_refused(parts: str, said: str, tmp_path: Path, made: dict[str, str]) -> None:
    block = "-----BEGIN {0}-----\nAAAA\n-----END {0}-----\n"
    more = {"garbage": block.format("CERTIFICATE"), "request": block.format("CERTIFICATE REQUEST")}
    with pytest.raises(HostFileError) as caught:
        load(tmp_path, "".join((made | more)[part] for part in parts.split()))
    assert "h.yaml:2:16: trusted_roots: " in str(caught.value) and said in str(caught.value)
    secret = made["key"].splitlines()[1]
    assert secret not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "h.yaml").write_text("address: a.b\ntrusted_roots: none.pem\n")
    with pytest.raises(HostFileError, match=r"trusted_roots: .*none.pem.*no such file"):
        config.load(tmp_path / "h.yaml")


def test_a_root_that_has_ended(made: dict[str, str]) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    wrong = trust_roots.problem(made["root"], later)
    assert wrong is not None and wrong[0].startswith("certificate 1 (CN=Campus Root) ended on 20")
    assert wrong[1] == "get the authority's new root"
    assert trust_roots.problem(made["root"]) is None
