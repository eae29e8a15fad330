"""The entry's own pages: their HTML, their colours, and how a real browser shows them."""

import re
import threading
from collections.abc import Callable
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from ..entry.entry_bed import _Server, ask, free_port
from ..entry.test_entry_native import close, closed
from .browser import DESK, PHONE, Browser
from .png import pixels

PERSON = {"Accept": "text/html"}
PATHS = {
    "ended": "/jupyter/user/x/status/503",
    "jupyterhub-away": "/jupyter/user/x/status/502",
    "binder-away": "/status/502",
    "full": "/jupyter/hub/status/429",
    "unknown": "/jupyter/hub/status/503",
    "maintenance": "/",
}
COME_BACK = {"jupyterhub-away", "binder-away", "maintenance"}


@pytest.fixture
def page(started: Any, make: Any, tmp_path: Path) -> Callable[[str], str]:
    """The address of a page."""
    url = closed(started, tmp_path)

    def address(name: str) -> str:
        if name == "maintenance":
            close(make, tmp_path, "A larger disk is put in; back at 15:00 UTC.")
        return url + PATHS[name]

    return address


class Outline(HTMLParser):
    """What assistive technology needs: the tags, and where text stands."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag = self.tags[-1][0] if self.tags else ""
        self.texts[tag] = self.texts.get(tag, "") + data.strip()

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("name", PATHS)
def test_the_outline(name: str, page: Any) -> None:
    _, headers, body = ask(page(name), **PERSON)
    text = body.decode()
    outline = Outline(text)
    assert outline.all("html") == [{"lang": "en"}]
    assert len(outline.all("h1")) == len(outline.all("main")) == 1
    assert outline.texts["title"] == outline.texts["h1"] != ""
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in outline.all("meta")
    (link,) = outline.all("a")
    assert str(link["href"]).startswith("http://127.0.0.1")
    assert [svg["aria-hidden"] for svg in outline.all("svg")] == ["true"]
    # Nothing from elsewhere, and nothing that remembers a visitor.
    assert not outline.all("link") and not outline.all("img") and "url(" not in text and "@import" not in text
    assert [script for script in outline.all("script") if script] == [] and "cookie" not in text
    assert headers["Set-Cookie"] is None and "{" + "err." not in text and "{again" not in text
    assert ("<script>" in text) == ("<noscript>" in text) == (name in COME_BACK)
    roles = [each.get("role") for each in outline.all("p") if each.get("role")]
    assert roles == ([] if name == "unknown" else ["status"])
    assert (headers["Retry-After"] is None) == (name in ("ended", "unknown"))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2), from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def colours(text: str) -> list[dict[str, str]]:
    """The named colours, light and dark."""
    found = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", each)) for each in re.findall(r":root \{[^}]*\}", text)
    ]
    assert len(found) == 2
    return found


def test_contrast_in_both_colour_schemes(page: Any) -> None:
    for named in colours(ask(page("ended"), **PERSON)[2].decode()):
        for text, ground in (("ink", "page"), ("soft", "page"), ("on", "button"), ("button", "page")):
            assert contrast(named[text], named[ground]) >= 4.5, (text, ground, named)


@pytest.mark.parametrize("name", PATHS)
def test_a_browser_shows_it_light_and_dark_on_a_desk_and_a_phone(
    name: str, page: Any, browser: Browser
) -> None:
    url = page(name)
    schemes = colours(ask(url, **PERSON)[2].decode())
    for size, dark in ((DESK, False), (PHONE, True)):
        kind = f"{name}-{size[0]}-{'dark' if dark else 'light'}.png"
        rows = pixels(browser.picture(url, kind, size=size, dark=dark))
        ground = tuple(bytes.fromhex(schemes[dark]["page"][1:]))
        assert (len(rows[0]), rows[0][0]) == (size[0], ground)
        assert {row[-8:] == [ground] * 8 for row in rows} == {True}, "something reaches over the right edge"
        assert len({pixel for row in rows for pixel in row}) > 20, "there is nothing on it"


class _Returning(BaseHTTPRequestHandler):
    """Away for the first request, and back for all others."""

    def do_GET(self) -> None:
        with self.server.lock:  # type: ignore[attr-defined]
            self.server.asked.append(self.command)  # type: ignore[attr-defined]
            first = len(self.server.asked) == 1  # type: ignore[attr-defined]
        body = b"" if first or self.command == "HEAD" else b"<!doctype html><h1>I am back</h1>"
        self.send_response(502 if first else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def test_a_page_reloads_when_the_service_is_back(started: Any, browser: Browser) -> None:
    server = _Server(("127.0.0.1", free_port()), _Returning)
    server.asked, server.lock = [], threading.Lock()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port, _ = started("", binder_upstream=f"127.0.0.1:{server.server_port}")
    shown = browser.run(f"http://127.0.0.1:{port}/v2/x", "--virtual-time-budget=40000", "--dump-dom")
    server.shutdown()
    assert b"<h1>I am back</h1>" in shown
    assert server.asked[:3] == ["GET", "HEAD", "GET"]  # type: ignore[attr-defined]
