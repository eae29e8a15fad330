"""The rendered Caddyfile in a real Caddy: what reaches the services behind it, and what visitors read."""

import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.base.render import render
from binder_singlenode.deploy.steps import entry, maintenance

from .entry_bed import FORGED, ask, free_port, self_signed

PERSON = {"Accept": "text/html,application/xhtml+xml"}
MODES = {
    "off": "",
    "off-two-names": "domain: example.org\n",
    "acme": "hostname: binder.example.org\ntls: {mode: acme, email: a@example.org}\n",
    "acme-two-names": "domain: b.org\ntls: {mode: acme, acme: {directory: 'https://ca/dir', root_ca: r}}\n",
    "own-ca": "hostname: binder.example.org\ntls: own-ca\n",
    "files": "domain: example.org\ntls: {mode: files, certificate: c.pem, key: k.pem}\n",
}


@pytest.mark.parametrize("mode", MODES)
def test_caddy_takes_what_is_rendered(mode: str, program: Path, make: Any, tmp_path: Path) -> None:
    context = make(tmp_path, f"address: 192.0.2.7\n{MODES[mode]}")
    values = entry.caddyfile_values(context) | {"access_log": tmp_path / "access.log"}
    (tmp_path / "Caddyfile").write_text(render("entry/Caddyfile.j2", **values))
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


@pytest.mark.parametrize("status", [502, 504])
def test_a_page_instead_of_an_error_for_people_only(status: int, started: Any) -> None:
    port, _ = started("")
    url = f"http://127.0.0.1:{port}"
    said, headers, body = ask(f"{url}/jupyter/user/x/status/{status}", **PERSON)
    assert (said, headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert b"<h1>JupyterHub does not answer</h1>" in body and b'href="http://127.0.0.1"' in body
    said, _, body = ask(f"{url}/jupyter/user/x/status/{status}")
    assert (said, json.loads(body)["name"]) == (status, "hub")


def test_what_the_services_say_with_other_codes_is_theirs(started: Any) -> None:
    port, _ = started("")
    for status in (404, 429, 500):
        said, _, body = ask(f"http://127.0.0.1:{port}/jupyter/user/x/status/{status}", **PERSON)
        assert (said, json.loads(body)["name"]) == (status, "hub")
    for status in (404, 500):
        said, _, body = ask(f"http://127.0.0.1:{port}/jupyter/status/{status}", **PERSON)
        assert (said, json.loads(body)["name"]) == (status, "hub")


def test_a_service_that_is_away(started: Any) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    port, _ = started("", hub_upstream=nobody, binder_upstream=nobody)
    said, headers, body = ask(f"http://127.0.0.1:{port}/v2/gh/a/b/HEAD", **PERSON)
    assert (said, headers["Retry-After"], headers["Cache-Control"]) == (502, "10", "no-store")
    assert (
        b"<h1>Binder does not answer</h1>" in body
        and b'<noscript><meta http-equiv="refresh" content="10"></noscript>' in body
    )
    said, headers, body = ask(f"http://127.0.0.1:{port}/build/gh/a/b/HEAD", Accept="text/event-stream")
    assert (said, headers["Content-Type"]) == (502, "application/json")
    assert json.loads(body)["message"].startswith("Binder does not answer. It is being restarted")
    said, _, body = ask(f"http://127.0.0.1:{port}/jupyter/hub/api/")
    assert json.loads(body) | {"message": ""} == {"status": 502, "message": ""}
    assert b"JupyterHub does not answer" in body


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


def lines_of(log: Path, count: int) -> list[str]:
    """So many lines of a log, which Caddy writes after it has answered."""
    end = time.monotonic() + 10
    while len(lines := log.read_text().splitlines()) < count:
        assert time.monotonic() < end, f"{len(lines)} lines in the access log, not {count}"
    return lines


def test_the_access_log_has_addresses_and_no_secrets(started: Any, tmp_path: Path) -> None:
    port, _ = started("")
    log = tmp_path / "access.log"
    ask(
        f"http://127.0.0.1:{port}/jupyter/user/x/lab?token=s3cret&path=a",
        Authorization="token s3cret",
        Cookie="c=s3cret",
    )
    ask(f"http://127.0.0.1:{port}/build/gh/a/b/HEAD?build_token=s3cret")
    first, second = lines_of(log, 2)
    assert "s3cret" not in first + second and "Agent" not in first
    told = json.loads(first)
    assert told["request"]["remote_ip"] == "127.0.0.1"
    assert told["request"]["uri"] == "/jupyter/user/x/lab?path=a&token=hidden"
    assert isinstance(told["ts"], float) and '"ts":' in first


def test_the_access_log_can_be_shortened_under_the_running_entry(started: Any, tmp_path: Path) -> None:
    """As binder-upkeep does it each hour: in place, without a word to Caddy."""
    port, _ = started("")
    log = tmp_path / "access.log"
    ask(f"http://127.0.0.1:{port}/one")
    lines_of(log, 1)
    log.write_text("")
    ask(f"http://127.0.0.1:{port}/two")
    (line,) = lines_of(log, 1)
    assert json.loads(line)["request"]["uri"] == "/two"


def test_the_journal_knows_neither_visitors_nor_tokens(started: Any, tmp_path: Path) -> None:
    """Nobody listens behind the entry: newer Caddys tell of the request at WARN, this one at DEBUG."""
    port, _ = started("", level="DEBUG", binder_upstream=f"127.0.0.1:{free_port()}")
    secret = "a-secret-of-a-session"
    address = f"http://127.0.0.1:{port}/build/gh/a/b/HEAD?build_token={secret}&token={secret}"
    assert ask(address, Authorization=f"token {secret}")[0] == 502

    def said() -> str:
        return (tmp_path / "caddy.log").read_text()

    end = time.monotonic() + 20
    while "/build/gh/a/b/HEAD" not in said():
        assert time.monotonic() < end, f"Caddy says nothing of the request: {said()}"
        time.sleep(0.05)
    lines = [each for each in said().splitlines() if "/build/gh/a/b/HEAD" in each]
    assert all("hidden" in line and '_ip"' not in line and '"headers"' not in line for line in lines), lines
    assert secret not in said()


def closed(started: Any, tmp_path: Path, lines: str = "") -> str:
    """The address of an entry that is open, and that close() closes."""
    (tmp_path / "closed").mkdir()
    port, _ = started(lines, closed_folder=tmp_path / "closed")
    return f"http://127.0.0.1:{port}"


def close(make: Any, tmp_path: Path, sentence: str) -> None:
    context = make(tmp_path, f"address: 127.0.0.1\nmaintenance: {json.dumps(sentence)}\n")
    for file in maintenance.files(context):
        (tmp_path / "closed" / Path(file.path).name).write_text(file.content)


def test_closed_for_maintenance_and_open_again_without_a_restart(
    started: Any, make: Any, tmp_path: Path
) -> None:
    url = closed(started, tmp_path)
    assert ask(f"{url}/", **PERSON)[0] == 200
    close(make, tmp_path, "A <new> disk; back at 15:00.")
    said, headers, body = ask(f"{url}/v2/gh/a/b/HEAD", **PERSON)
    assert (said, headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert (headers["Retry-After"], headers["Cache-Control"]) == ("300", "no-store")
    assert b"<h1>Closed for maintenance</h1>" in body and b"A &lt;new&gt; disk; back at 15:00." in body
    said, headers, body = ask(f"{url}/build/gh/a/b/HEAD", Accept="text/event-stream")
    assert (said, headers["Content-Type"]) == (503, "application/json")
    assert json.loads(body) == {
        "status": 503,
        "message": "Closed for maintenance. A <new> disk; back at 15:00.",
        "closed": True,
    }
    (tmp_path / "closed" / "page.html").unlink()
    assert ask(f"{url}/build/gh/a/b/HEAD")[0] == 200


@pytest.mark.parametrize("lines", ["", "domain: example.org\n"])
def test_sessions_go_on_while_it_is_closed_and_none_begins(
    lines: str, started: Any, make: Any, tmp_path: Path
) -> None:
    url = closed(started, tmp_path, lines)
    close(make, tmp_path, "Back soon.")
    hub = {"Host": "hub.example.org"} if lines else {}
    path = "" if lines else "/jupyter"
    for page, status in {
        "/user/x/lab": 200,
        "/hub/api/users": 200,
        "/hub/spawn": 503,
        "/hub/spawn/x": 503,
    }.items():
        assert ask(url + path + page, **hub)[0] == status, page
    assert ask(f"{url}{path}/hub/spawn/x", data=b"form", **hub)[0] == 503
    assert ask(f"{url}/health")[0] == 200
    assert ask(f"{url}/", Host="example.org")[0] == 503
