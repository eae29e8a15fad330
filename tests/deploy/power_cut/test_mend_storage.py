"""Caddy's own files after a power cut: what is damaged goes, the rest stays."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode.base.render import render

PEM = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
SITE = "certificates/acme-v02.api.letsencrypt.org-directory/binder.example.org"
ACCOUNT = "acme/acme-v02.api.letsencrypt.org-directory/users/default"
FILES = {
    f"{SITE}/binder.example.org.crt": PEM,
    f"{SITE}/binder.example.org.key": PEM,
    f"{SITE}/binder.example.org.json": b'{\n\t"sans": ["binder.example.org"]\n}',
    f"{SITE}-2/other.crt": PEM,
    f"{ACCOUNT}/default.json": b'{\n\t"status": "valid"\n}',
    f"{ACCOUNT}/default.key": PEM,
    "pki/authorities/local/root.crt": PEM,
    "pki/authorities/local/root.key": PEM,
    "pki/authorities/local/intermediate.crt": PEM,
    "pki/authorities/local/intermediate.key": PEM,
    "instance.uuid": b"0b2c7d2e-0000-4000-8000-000000000000",
    "last_clean.json": b'{"tls":{"timestamp":"2026"}}\n',
    "locks/issue_cert_x.lock": b"",
}
GOES = {
    f"{SITE}/binder.example.org.crt": [name for name in FILES if name.startswith(f"{SITE}/")],
    f"{SITE}/binder.example.org.json": [name for name in FILES if name.startswith(f"{SITE}/")],
    f"{ACCOUNT}/default.json": [name for name in FILES if name.startswith(ACCOUNT)],
    "pki/authorities/local/root.key": [name for name in FILES if name.startswith("pki/")],
    "pki/authorities/local/intermediate.crt": [name for name in FILES if "/intermediate." in name],
    "last_clean.json": ["last_clean.json"],
}
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "zeros": lambda data: bytes(len(data)),
    "short": lambda data: data[: len(data) // 2],
}


def mended(folder: Path) -> tuple[set[str], str]:
    """What is left of the storage, and what the script says."""
    script = folder / "mend-storage.sh"
    script.write_text(render("entry/mend-storage.sh.j2"))
    done = subprocess.run(
        ["sh", str(script)],
        env={**os.environ, "XDG_DATA_HOME": str(folder), "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    root = folder / "caddy"
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}, done.stdout


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / "caddy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def test_what_is_whole_stays(storage: Path) -> None:
    assert mended(storage) == (set(FILES), "")


def test_no_storage_is_no_failure(tmp_path: Path) -> None:
    assert mended(tmp_path) == (set(), "")


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", GOES)
def test_what_is_damaged_goes_with_what_belongs_to_it(storage: Path, name: str, damage: str) -> None:
    (storage / "caddy" / name).write_bytes(DAMAGE[damage](FILES[name]))
    left, said = mended(storage)
    assert left == set(FILES) - set(GOES[name])
    assert said.startswith(f"damaged, removed: ./{name}\n")
    assert ("own authority is lost" in said) is name.startswith("pki/authorities/local/root")


def test_an_empty_identity_goes(storage: Path) -> None:
    (storage / "caddy/instance.uuid").write_bytes(b"")
    assert mended(storage)[0] == set(FILES) - {"instance.uuid"}
