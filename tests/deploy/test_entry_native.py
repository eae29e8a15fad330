"""The rendered Caddyfile in a real Caddy: what reaches the services behind it, and what visitors read."""

import json
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for entry_bed: tests are not a package

import acme_bed
import entry_bed
from acme_bed import Nameserver, Pebble
from entry_bed import Caddy, Upstream, caddy_program, free_port

from binder_singlenode import binder_http, config, own_roots
from binder_singlenode.deploy import entry
from binder_singlenode.render import render

PERSON = {"Accept": "text/html,application/xhtml+xml"}
FORGED = {
    "X-Forwarded-For": "203.0.113.66",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example.org",
    "X-Real-IP": "203.0.113.66",
    "X-Scheme": "https",
    "Forwarded": "for=203.0.113.66",
}
MODES = {
    "off": "",
    "off-two-names": "domain: example.org\n",
    "acme": "hostname: binder.example.org\ntls: {mode: acme, email: a@example.org}\n",
    "acme-two-names": "domain: b.org\ntls: {mode: acme, acme: {directory: 'https://ca/dir', root_ca: r}}\n",
    "own-ca": "hostname: binder.example.org\ntls: own-ca\n",
    "files": "domain: example.org\ntls: {mode: files, certificate: c.pem, key: k.pem}\n",
}


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = caddy_program(tmp_path_factory.mktemp("caddy"))
    if found is None:
        pytest.skip("no Caddy here: the test bed is not built, and $BINDER_CADDY names none")
    return found


@pytest.fixture
def binder() -> Iterator[Upstream]:
    server = entry_bed.upstream("binder")
    yield server
    server.stop()


@pytest.fixture
def hub() -> Iterator[Upstream]:
    server = entry_bed.upstream("hub")
    yield server
    server.stop()


@pytest.fixture
def started(
    program: Path, make: Any, tmp_path: Path, binder: Upstream, hub: Upstream
) -> Iterator[Callable[..., tuple[int, int]]]:
    """Start Caddy for a host file's lines; the ports for http and https."""
    running: list[Caddy] = []

    def start(lines: str, **more: Any) -> tuple[int, int]:
        context = make(tmp_path, f"address: 127.0.0.1\n{lines}")
        ports = more.setdefault("ports", (free_port(), free_port()))
        more = {"hub_upstream": hub.address, "binder_upstream": binder.address, **more}
        values = entry.caddyfile_values(context) | {"access_log": tmp_path / "access.log"} | more
        caddyfile = tmp_path / "Caddyfile"
        caddyfile.write_text(render("host/Caddyfile.j2", **values))
        running.append(Caddy(program, caddyfile, ports[0]))
        return ports

    def stop() -> None:
        while running:
            running.pop().stop()

    start.stop = stop  # type: ignore[attr-defined]
    yield start
    stop()


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def ask(url: str, *, data: bytes | None = None, **headers: str) -> Any:
    """(status, headers, body); redirects are not followed."""
    opener = build_opener(_Stay)
    try:
        answer = opener.open(Request(url, headers=headers, data=data), timeout=20)
    except HTTPError as error:
        answer = error
    return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize("mode", MODES)
def test_caddy_takes_what_is_rendered(mode: str, program: Path, make: Any, tmp_path: Path) -> None:
    context = make(tmp_path, f"address: 192.0.2.7\n{MODES[mode]}")
    values = entry.caddyfile_values(context) | {"access_log": tmp_path / "access.log"}
    (tmp_path / "Caddyfile").write_text(render("host/Caddyfile.j2", **values))
    key, certificate = (tmp_path / values[name] for name in ("key", "certificate"))
    self_signed(certificate, key, "example.org")
    (tmp_path / values["root_ca"]).write_bytes(certificate.read_bytes())
    done = subprocess.run(
        [program, "validate", "--adapter", "caddyfile", "--config", tmp_path / "Caddyfile"],
        env={"CREDENTIALS_DIRECTORY": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def self_signed(certificate: Path, key: Path, *names: str, days: int = 90) -> None:
    """A certificate for the names, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    alternative = "subjectAltName=" + ",".join(f"DNS:{name}" for name in names) + ",IP:127.0.0.1"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test"]
    command += ["-addext", alternative, "-days", str(days), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)


@pytest.mark.parametrize("path", ["/build/gh/a/b/HEAD", "/jupyter/user/x/lab"])
def test_the_visitors_address_cannot_be_forged(path: str, started: Any) -> None:
    port, _ = started("")
    _, _, body = ask(f"http://127.0.0.1:{port}{path}", **FORGED)
    told = json.loads(body)
    assert told["name"] == ("hub" if path.startswith("/jupyter") else "binder")
    assert told["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert told["headers"]["x-real-ip"] == "127.0.0.1"
    assert told["headers"]["x-forwarded-proto"] == "http"
    assert told["headers"]["x-forwarded-host"] == f"127.0.0.1:{port}"
    assert not {"x-scheme", "forwarded"} & set(told["headers"])


def test_two_names_without_encryption(started: Any) -> None:
    port, _ = started("domain: example.org\n")
    for host, name in (("example.org", "binder"), ("hub.example.org", "hub"), ("192.0.2.7", "binder")):
        _, _, body = ask(f"http://127.0.0.1:{port}/jupyter/", Host=host)
        assert json.loads(body)["name"] == name


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_page_instead_of_an_error_for_people_only(status: int, started: Any) -> None:
    port, _ = started("")
    url = f"http://127.0.0.1:{port}"
    said, headers, body = ask(f"{url}/jupyter/user/x/status/{status}", **PERSON)
    assert (said, headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert b"<h1>This session does not answer</h1>" in body
    assert b"http://127.0.0.1" in body and b"http-equiv" not in body
    said, _, body = ask(f"{url}/jupyter/user/x/status/{status}")
    assert (said, json.loads(body)["name"]) == (status, "hub")


def test_what_the_services_say_with_other_codes_is_theirs(started: Any) -> None:
    port, _ = started("")
    for status in (404, 429, 500):
        said, _, body = ask(f"http://127.0.0.1:{port}/jupyter/status/{status}", **PERSON)
        assert (said, json.loads(body)["name"]) == (status, "hub")


def test_a_service_that_is_away(started: Any) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    port, _ = started("", hub_upstream=nobody, binder_upstream=nobody)
    said, headers, body = ask(f"http://127.0.0.1:{port}/v2/gh/a/b/HEAD", **PERSON)
    assert (said, headers["Retry-After"], headers["Cache-Control"]) == (502, "10", "no-store")
    assert b"<h1>Binder does not answer</h1>" in body and b'http-equiv="refresh" content="10"' in body
    said, headers, body = ask(f"http://127.0.0.1:{port}/build/gh/a/b/HEAD", Accept="text/event-stream")
    assert (said, headers["Content-Type"]) == (502, "application/json")
    assert json.loads(body)["message"].startswith("Binder does not answer. It is being restarted")
    said, _, body = ask(f"http://127.0.0.1:{port}/jupyter/hub/api/")
    assert json.loads(body) | {"message": ""} == {"status": 502, "message": ""}
    assert b"This session does not answer" in body


def test_bodies_are_for_sessions(started: Any) -> None:
    port, _ = started("")
    two_mebibytes = b"x" * (2 * 1024**2)
    said, _, body = ask(f"http://127.0.0.1:{port}/jupyter/user/x/api/contents/a", data=two_mebibytes)
    assert (said, json.loads(body)["read"]) == (200, len(two_mebibytes))
    said, _, _ = ask(f"http://127.0.0.1:{port}/build/x", data=two_mebibytes)
    assert said in (413, 502)  # Debian's Caddy does not yet tell one from the other


def test_a_websocket_passes(started: Any) -> None:
    port, _ = started("")
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        head = (
            "GET /jupyter/user/x HTTP/1.1",
            "Host: a",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "",
            "",
        )
        connection.sendall("\r\n".join(head).encode())
        stream = connection.makefile("rb")
        assert b"101" in stream.readline()
        while stream.readline().strip():
            pass
        connection.sendall(b"kernel")
        assert stream.read(6) == b"KERNEL"


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
    url = f"https://127.0.0.1:{https}/"
    with pytest.raises(httpx.ConnectError), binder_http.client(url, 20) as client:
        client.get(url)
    binder_http._certificates.cache_clear()
    own_roots.keep(config.loads("address: 127.0.0.1\ntls: own-ca\n", "h.yaml"), root.read_text())
    with binder_http.client(url, 20) as client:
        assert client.get(url).json()["name"] == "binder"
    binder_http._certificates.cache_clear()


ACME = """
domain: b.org
tls: {{mode: acme, email: a@b.org, acme: {{directory: '{directory}', root_ca: r.pem}}}}
"""


@pytest.fixture(scope="session")
def pebble_built() -> Path:
    if shutil.which("go") is None:
        pytest.skip("no Go here, to build the ACME server with")
    try:
        return acme_bed.pebble_program()
    except Exception as error:  # the test bed's BuildError: no module proxy, say
        pytest.skip(f"the ACME server cannot be built here: {error}")


@pytest.fixture
def authority(pebble_built: Path, tmp_path: Path) -> Iterator[Pebble]:
    names = {(name, acme_bed.A): [bytes([127, 0, 0, 1])] for name in ("b.org", "hub.b.org")}
    dns = Nameserver(names)
    certificate, key = tmp_path / "acme-root.pem", tmp_path / "pebble.key"
    self_signed(certificate, key, "localhost")
    running = Pebble(pebble_built, tmp_path, (free_port(), free_port()), (certificate, key), dns)
    yield running
    running.stop()
    dns.stop()


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
        ask_encrypted(host, https, root)
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
