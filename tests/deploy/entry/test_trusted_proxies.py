"""Proxies in front of the entry, in the pinned Caddy: whom it believes, and what reaches the services."""

import json
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from .caddy_built import pinned_caddy  # noqa: F401 - a fixture
from .entry_bed import FORGED
from .test_entry_native import lines_of

FRONT, INNER, STRANGER = "127.0.0.1", "127.0.0.5", "127.0.0.9"
VISITOR = "198.51.100.7"
LINES = f"url: https://binder.example.org\nnetwork: {{trusted_proxies: [{FRONT}, 127.0.0.4/31]}}\n"
PATHS = ("/build/gh/a/b/HEAD", "/jupyter/user/x/lab")


@pytest.fixture(scope="session")
def program(pinned_caddy: Path) -> Path:  # noqa: F811
    return pinned_caddy


def reached(port: int, path: str, source: str, **headers: str) -> dict[str, str]:
    """The headers that reach the service behind, of a request from this address."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20, source_address=(source, 0))
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=names)
    told: dict[str, str] = json.loads(connection.getresponse().read())["headers"]
    connection.close()
    return told


@pytest.mark.parametrize("path", PATHS)
def test_a_proxy_in_the_list_is_believed(path: str, started: Any, tmp_path: Path) -> None:
    port, _ = started(LINES)
    told = reached(port, path, FRONT, X_Forwarded_For=VISITOR, X_Forwarded_Proto="https", X_Scheme="http")
    assert (told["x-forwarded-for"], told["x-real-ip"]) == (VISITOR, VISITOR)
    assert told["x-forwarded-proto"] == "https"
    assert not {"x-scheme", "forwarded"} & set(told)
    (line,) = lines_of(tmp_path / "access.log", 1)
    request = json.loads(line)["request"]
    assert (request["client_ip"], request["remote_ip"]) == (VISITOR, FRONT)


@pytest.mark.parametrize("path", PATHS)
def test_nobody_else_is(path: str, started: Any, tmp_path: Path) -> None:
    port, _ = started(LINES)
    told = reached(port, path, STRANGER, **FORGED)
    assert (told["x-forwarded-for"], told["x-real-ip"]) == (STRANGER, STRANGER)
    assert told["x-forwarded-proto"] == "http"
    assert not {"x-scheme", "forwarded"} & set(told)
    (line,) = lines_of(tmp_path / "access.log", 1)
    assert json.loads(line)["request"]["client_ip"] == STRANGER


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        (f"203.0.113.66, {VISITOR}", VISITOR),  # what the visitor has claimed stands to the left
        (f"203.0.113.66, {VISITOR}, {INNER}", VISITOR),
        (f"{VISITOR}:40123", VISITOR),
        ("203.0.113.66, 2001:db8::7", "2001:db8::7"),
        (f"{INNER}, 127.0.0.4", FRONT),  # proxies alone: the visitor is the nearest
        ("unknown", FRONT),
    ],
)
def test_of_a_chain_the_last_that_is_no_proxy(chain: str, client: str, started: Any) -> None:
    port, _ = started(LINES)
    told = reached(port, PATHS[0], FRONT, X_Forwarded_For=chain, X_Real_IP="203.0.113.66")
    assert (told["x-forwarded-for"], told["x-real-ip"]) == (client, client)


@pytest.mark.parametrize("path", PATHS)
def test_what_the_proxy_leaves_out_follows_from_the_url(path: str, started: Any) -> None:
    """nginx sends the name of the upstream unless told otherwise, and many proxies send no scheme."""
    port, _ = started(LINES)
    told = reached(port, path, FRONT, Host="192.0.2.10", X_Forwarded_For=VISITOR)
    assert (told["x-forwarded-proto"], told["host"]) == ("https", "binder.example.org")
    told = reached(port, path, STRANGER, Host="192.0.2.10")
    assert (told["x-forwarded-proto"], told["host"]) == ("http", "192.0.2.10")


def test_two_names_keep_their_own(started: Any) -> None:
    port, _ = started("domain: example.org\nnetwork: {trusted_proxies: [127.0.0.1]}\n")
    told = reached(port, "/user/x", FRONT, Host="hub.example.org", X_Forwarded_For=VISITOR)
    assert (told["host"], told["x-real-ip"], told["x-forwarded-proto"]) == (
        "hub.example.org",
        VISITOR,
        "http",
    )


def test_without_the_key_headers_are_written_anew(started: Any) -> None:
    """The pinned Caddy as Debian's, which the other tests of the entry use."""
    port, _ = started("url: https://binder.example.org\n")
    told = reached(port, PATHS[0], FRONT, **FORGED)
    assert (told["x-forwarded-for"], told["x-real-ip"]) == (FRONT, FRONT)
    assert (told["x-forwarded-proto"], told["host"]) == ("http", f"127.0.0.1:{port}")
