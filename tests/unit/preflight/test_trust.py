"""`check` and private authorities: what the host itself makes of a server's certificate."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.config import Host
from binder_singlenode.preflight import facts, judge
from binder_singlenode.preflight.queries import trust

from ...deploy.trust import roots_bed

SIGN_IN = {
    "provider": "oidc",
    "client_id": "a",
    "client_secret": "env:A",
    "allowed": {"everyone": True},
    "username_claim": "sub",
    **{f"{name}_url": f"https://id.example.org:8443/{name}" for name in ("authorize", "token", "userdata")},
}


def host(**lines: Any) -> Host:
    return Host.model_validate({"address": "192.0.2.10", **lines})


class _Ok(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def served() -> Iterator[Callable[[Path, Path], int]]:
    """Serve TLS on loopback with a certificate and its key; the port."""
    running: list[HTTPServer] = []

    def serve(certificate: Path, key: Path) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = HTTPServer(("127.0.0.1", 0), _Ok)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return int(server.server_address[1])

    yield serve
    for each in running:
        each.shutdown()
        each.server_close()


def answered(port: int, roots: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the query prints about 127.0.0.1 at this port."""
    if shutil.which("curl") is None:
        pytest.skip("no curl here")
    monkeypatch.setattr(trust, "servers", lambda _host: [f"127.0.0.1:{port}"])
    done = subprocess.run(
        ["sh", "-c", trust.script(host(), roots)], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_private_root_is_missing_until_it_is_given(
    served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = roots_bed.root(tmp_path)
    port = served(*roots_bed.issued(tmp_path, root, "127.0.0.1"))
    assert answered(port, "", monkeypatch) == f"not_trusted\t127.0.0.1:{port}\tCN=Campus Root\n"
    assert answered(port, root[0].read_text(), monkeypatch) == ""
    other = roots_bed.root(tmp_path, "Another Root")[0]
    assert answered(port, other.read_text(), monkeypatch) != ""


def test_a_server_without_its_intermediate_is_not_trusted(
    served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = roots_bed.root(tmp_path)
    between = roots_bed.issued(tmp_path, root, "between", authority=True)
    certificate, key = roots_bed.issued(tmp_path, between, "127.0.0.1")
    assert "CN=between" in answered(served(certificate, key), root[0].read_text(), monkeypatch)
    chain = tmp_path / "chain.pem"
    chain.write_text(certificate.read_text() + between[0].read_text())
    assert answered(served(chain, key), root[0].read_text(), monkeypatch) == ""


def test_no_answer_is_another_rules_affair(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered(1, "", monkeypatch) == ""


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        ({}, []),
        ({"gitlab": {"host": "git.example.org"}}, ["git.example.org:443"]),
        ({"github": {"host": "ghe.example.org"}}, ["ghe.example.org:443"]),
        ({"sign_in": SIGN_IN}, ["id.example.org:8443"]),
        ({"proxy": {"http": "http://192.0.2.1:3128"}}, ["github.com:443"]),
    ],
)
def test_which_servers_are_asked(lines: dict[str, Any], asked: list[str]) -> None:
    assert trust.servers(host(**lines)) == asked
    assert (trust.script(host(**lines), "") == "") == (asked == [])
    proxied = "--proxy http://192.0.2.1:3128" in trust.script(host(**lines), "")
    assert proxied == ("proxy" in lines)


def judged(text: str, subject: Host) -> list[str]:
    found = judge.judge(facts.parse(text, 0), subject, offline=True)
    return [
        f"{each.fatal}: {each.where}: {each.what}" for each in found if "trusted" in each.what + each.remedy
    ]


def test_what_is_said() -> None:
    own = host(gitlab={"host": "git.example.org"})
    row = "not_trusted\tgit.example.org:443\tCN=Campus Root\n"
    assert judged(row, own) == [
        "False: git.example.org: its certificate, which CN=Campus Root has issued, is not trusted; the root"
        " of that authority is missing: there is no trusted_roots"
    ]
    given = own.model_copy(update={"trusted_roots": Path("campus.pem")})
    assert judged(row, given)[0].endswith("the root of that authority is not in trusted_roots")
    behind = host(proxy={"http": "http://192.0.2.1:3128"})
    assert judged("not_trusted\tgithub.com:443\t\n", behind) == [
        "True: proxy: the web proxy opens TLS: its certificate for github.com is not trusted; the root of"
        " that authority is missing: there is no trusted_roots"
    ]
    assert judged("", own) == []
