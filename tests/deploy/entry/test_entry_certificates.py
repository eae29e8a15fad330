"""Where the entry's certificates come from, with a real Caddy: files, its own authority, an ACME server."""

import json
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_singlenode import config
from binder_singlenode.base import certificate, invocation
from binder_singlenode.binderhub import http, trusted_roots

from .acme_bed import Pebble
from .entry_bed import FORGED, ask, free_port, self_signed


def test_files_encrypt_and_http_is_sent_there(started: Any, tmp_path: Path) -> None:
    self_signed(tmp_path / "tls-certificate.pem", tmp_path / "tls-key.pem", "b.org", "hub.b.org")
    lines = "domain: b.org\ntls: {mode: files, certificate: c.pem, key: k.pem}\n"
    http, https = started(lines)
    for host, name in (("b.org", "binder"), ("hub.b.org", "hub")):
        head, told = ask_encrypted(host, https, tmp_path / "tls-certificate.pem", **FORGED)
        assert told["name"] == name
        assert (told["headers"]["x-forwarded-proto"], told["headers"]["x-real-ip"]) == ("https", "127.0.0.1")
        assert "strict-transport-security" not in head.lower()
        said, headers, _ = ask(f"http://127.0.0.1:{http}/x?y=1", Host=host)
        assert (said, headers["Location"]) == (307, f"https://{host}/x?y=1")
    said, headers, _ = ask(f"http://127.0.0.1:{http}/x")
    assert (said, headers["Location"]) == (307, "https://b.org/x")


def test_an_authority_of_the_hosts_own(started: Any, tmp_path: Path) -> None:
    _, https = started("tls: own-ca\n")
    root = tmp_path / "state" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    _, told = when_certified("127.0.0.1", https, root)
    assert told["name"] == "binder"
    assert certificate.names(shown("127.0.0.1", https)) == ["127.0.0.1"]
    assert certificate.part_left(shown("127.0.0.1", https)) == pytest.approx(1, abs=0.1)
    url = f"https://127.0.0.1:{https}/"
    with invocation.begun(), pytest.raises(httpx.ConnectError), http.client(url, 20) as client:
        client.get(url)
    trusted_roots.keep(config.loads("address: 127.0.0.1\ntls: own-ca\n", "h.yaml"), root.read_text())
    with http.client(url, 20) as client:
        assert client.get(url).json()["name"] == "binder"


def shown(name: str, port: int) -> str:
    """What `verify` is shown on the host itself."""
    script = certificate.shown_for(name, port)
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout


def test_what_verify_is_shown_is_the_certificate_for_that_name(started: Any, tmp_path: Path) -> None:
    assert shown("b.org", free_port()) == ""
    self_signed(tmp_path / "tls-certificate.pem", tmp_path / "tls-key.pem", "b.org", "hub.b.org")
    _, https = started("domain: b.org\ntls: {mode: files, certificate: c.pem, key: k.pem}\n")
    assert certificate.names(shown("hub.b.org", https)) == ["b.org", "hub.b.org", "127.0.0.1"]
    assert shown("stranger.org", https) == ""


ACME = """
domain: b.org
tls: {{mode: acme, email: a@b.org, acme: {{directory: '{directory}', root_ca: r.pem}}}}
"""


def test_certificates_from_an_acme_authority_outlast_the_process(
    started: Any, authority: Pebble, tmp_path: Path
) -> None:
    lines = ACME.format(directory=authority.directory)
    _, https = started(lines, ports=authority.challenge_ports)
    root = tmp_path / "pebble-root.pem"
    root.write_bytes(authority.root())
    for host, name in (("b.org", "binder"), ("hub.b.org", "hub")):
        _, told = when_certified(host, https, root)
        assert (told["name"], told["headers"]["x-real-ip"]) == (name, "127.0.0.1")
    orders = authority.log.read_text().count("Issued certificate")
    started.stop()
    started(lines, ports=authority.challenge_ports)
    for host in ("b.org", "hub.b.org"):
        when_certified(host, https, root)  # it listens a moment before it has read them from the disk
    assert authority.log.read_text().count("Issued certificate") == orders == 2


def ask_encrypted(host: str, port: int, root: Path, **headers: str) -> tuple[str, dict[str, Any]]:
    """The answer's head, and what the service behind was told. Nothing here resolves names."""
    trust = ssl.create_default_context(cafile=str(root))
    lines = [f"{name}: {value}" for name, value in {"Host": host, **headers}.items()]
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        trust.wrap_socket(plain, server_hostname=host) as connection,
    ):
        connection.sendall("\r\n".join(["GET / HTTP/1.0", *lines, "", ""]).encode())
        head, _, body = connection.makefile("rb").read().decode().partition("\r\n\r\n")
    return head, json.loads(body)


def when_certified(host: str, port: int, root: Path, limit_s: float = 60) -> tuple[str, dict[str, Any]]:
    """The same, as soon as Caddy has its certificate."""
    end = time.monotonic() + limit_s
    while True:
        try:
            return ask_encrypted(host, port, root)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
