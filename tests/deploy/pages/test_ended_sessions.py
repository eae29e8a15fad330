"""Ended sessions, through the real proxy of sessions: the hub is left alone, and people get a page."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.config import Host
from binder_singlenode.sizing import size
from binder_singlenode.values import jupyterhub

from ..entry.entry_bed import Upstream, ask, free_port
from . import chp_bed
from .chp_bed import SessionProxy

PERSON = {"Accept": "text/html,application/xhtml+xml"}
AT = {"": ("/jupyter", {}), "domain: example.org\n": ("", {"Host": "hub.example.org"})}
SIGN_IN = "sign_in: {provider: github, client_id: a, client_secret: 'env:A', allowed: {everyone: true}}\n"


def targets(host: Host) -> dict[str, str]:
    """The proxy's options that the values set; the chart makes arguments of them."""
    machine = size.Machine(16 * 1024**3, 4, 200 * 10**9)
    chp = jupyterhub.hub_values(host, size.size(machine, host))["proxy"]["chp"]
    names = {"default-target": "defaultTarget", "error-target": "errorTarget"}
    return {option: chp[name] for option, name in names.items() if name in chp}


@pytest.fixture
def behind(tmp_path: Path, hub: Upstream) -> Iterator[Callable[[Host], SessionProxy]]:
    """Start the proxy for a host file; without targets of its own the chart's are the hub."""
    running: list[SessionProxy] = []

    def start(host: Host) -> SessionProxy:
        the_hub = dict.fromkeys(("default-target", "error-target"), f"http://{hub.address}/")
        running.append(SessionProxy(chp_bed.program(), tmp_path, the_hub | targets(host)))
        running[-1].route(f"{host.hub_path}hub/api/", f"http://{hub.address}")
        return running[-1]

    yield start
    for each in running:
        each.stop()


@pytest.fixture
def entry_at(
    started: Any, make: Any, tmp_path: Path, behind: Any
) -> Callable[[str], tuple[str, SessionProxy]]:
    """Start both for a host file's lines."""

    def start(lines: str) -> tuple[str, SessionProxy]:
        proxy = behind(make(tmp_path, f"address: 127.0.0.1\n{lines}").host)
        port, _ = started(lines, hub_upstream=proxy.address)
        return f"http://127.0.0.1:{port}", proxy

    return start


@pytest.mark.parametrize("lines", AT)
def test_polls_of_a_dead_tab_do_not_reach_the_hub(lines: str, entry_at: Any, hub: Upstream) -> None:
    url, _ = entry_at(lines)
    base, name = AT[lines]
    for path in ("api/kernels", "api/terminals", "api/contents/a.ipynb", "lab/api/settings"):
        for _ in range(5):
            said, _, body = ask(f"{url}{base}/user/gone/{path}", **name)
            assert said == 503 and b"<html" not in body
    assert hub.asked == []
    assert ask(f"{url}{base}/hub/api/users", **name)[0] == 200
    assert hub.asked == [f"{base}/hub/api/users"]


@pytest.mark.parametrize("lines", AT)
def test_people_read_that_it_has_ended(lines: str, entry_at: Any, hub: Upstream) -> None:
    url, proxy = entry_at(lines)
    base, name = AT[lines]
    front = "http://example.org" if lines else "http://127.0.0.1"
    proxy.route(f"{base}/user/killed", f"http://127.0.0.1:{free_port()}")
    for user in ("gone", "killed"):  # without a route; and with one, in the seconds before the hub notices
        said, headers, body = ask(f"{url}{base}/user/{user}/lab", **PERSON, **name)
        assert (said, headers["Retry-After"], headers["Cache-Control"]) == (503, None, "no-store")
        assert b"<h1>This session has ended</h1>" in body
        assert f'href="{front}/">Open Binder</a>'.encode() in body
        assert b"<script" not in body
    assert hub.asked == []


@pytest.mark.parametrize(
    ("referer", "again"),
    [
        ("https://b.org/v2/gh/owner/repo/HEAD", "/v2/gh/owner/repo/HEAD"),
        ("https://b.org/v2/gh/a/b.c/v1%2F2?urlpath=lab&x=1", "/v2/gh/a/b.c/v1%2F2?urlpath=lab&x=1"),
        ("https://b.org/", None),
        ('https://b.org/v2/gh/a/b/HEAD"><script>alert(1)</script>', None),
        ("https://b.org/v2/gh/a/b/HEAD?x=&quot;", None),
        ("https://b.org/v2/{env.HOME}", None),
        ("javascript:alert(1)//b.org/v2/gh/a/b/HEAD", None),
        ("https://b.org/x/v2/gh/a/b/HEAD", None),
    ],
)
def test_the_link_to_start_it_again(referer: str, again: str | None, entry_at: Any) -> None:
    url, _ = entry_at("url: https://b.org\n")
    _, _, body = ask(f"{url}/jupyter/user/gone/lab", Referer=referer, **PERSON)
    wanted = (
        f'href="https://b.org{again}">Start it again</a>'
        if again
        else 'href="https://b.org/">Open Binder</a>'
    )
    assert wanted.encode() in body
    assert body.count(b"<a ") == 1 and b"alert" not in body


@pytest.mark.parametrize("lines", AT)
def test_addresses_of_nobody(lines: str, entry_at: Any, hub: Upstream) -> None:
    url, _ = entry_at(lines)
    base, name = AT[lines]
    for path in ("/", "/hub/home", "/hub/login", "/services/x"):
        said, _, body = ask(f"{url}{base}{path}", **PERSON, **name)
        assert (said, b"<h1>There is nothing at this address</h1>" in body) == (404, True), path
    assert hub.asked == []


def test_with_sign_in_the_hub_has_pages_of_its_own(entry_at: Any, hub: Upstream) -> None:
    url, _ = entry_at(SIGN_IN)
    for path in ("/jupyter/hub/home", "/jupyter/user/gone/lab"):
        assert ask(f"{url}{path}", **PERSON)[0] == 200
    assert hub.asked == ["/jupyter/hub/home", "/jupyter/user/gone/lab"]
    said, headers, body = ask(f"{url}/jupyter/hub/status/503", **PERSON)
    assert (said, headers["Retry-After"]) == (503, "10")
    assert b"<h1>JupyterHub does not answer</h1>" in body


def test_a_living_session_is_passed_on(entry_at: Any, binder: Upstream) -> None:
    url, proxy = entry_at("")
    proxy.route("/jupyter/user/here", f"http://{binder.address}")
    assert ask(f"{url}/jupyter/user/here/lab", **PERSON)[0] == 200
    assert binder.asked == ["/jupyter/user/here/lab"]
    said, _, body = ask(f"{url}/jupyter/user/here/status/429", **PERSON)
    assert (said, b"<html" in body) == (429, False)
    assert ask(f"{url}/jupyter/hub/api/status/429")[0] == 429
    said, headers, body = ask(f"{url}/jupyter/hub/api/status/429", **PERSON)
    assert (said, headers["Retry-After"]) == (429, "60")
    assert b"<h1>Binder is full at the moment</h1>" in body
