"""Text as people type or paste it: cleaned, split into the parts of an address, and never with a password."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from binder_singlenode.base.masking import mask
from binder_singlenode.binderhub.repository.model import refused
from binder_singlenode.errors import LaunchError

SCHEMES = ("https", "http", "git", "ssh")  # GitRepoProvider.allowed_protocols; file:// is not among them
_DEFAULT_PORTS = {"https": 443, "http": 80, "git": 9418, "ssh": 22}
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINK = re.compile(r"https?://[^\s)\"'<>\]]+")
_SCP_LIKE = re.compile(r"(?:(?P<user>[\w.-]+)@)?(?P<host>[\w-]+(?:\.[\w-]+)*):(?P<path>(?!\d+(?:/|$))\S+)")
_NO_SCHEME = re.compile(r"(?://)?(?P<rest>(?:[\w-]+\.)+[^\W\d]{2,}(?::\d+)?/\S+)")
_PASSWORD = re.compile(r"://[^/\s@?#]*:[^/\s@?#]*@")
# A password that contains a slash, or an address without https://.
_LOOSE_PASSWORD = re.compile(
    r"^(?:[a-z][a-z+]*://[^\s@?#:]*|(?!\w+://)[^\s@?#:/]+):[^\s@?#]*@", re.IGNORECASE
)


@dataclass(frozen=True)
class Address:
    """The parts of an address."""

    scheme: str
    user: str | None
    """The login of an ssh address. The user of a web address is dropped: it may be a token."""
    host: str
    """Lower case, in ASCII (an international name as xn--…)."""
    port: int | None
    """None for the scheme's own port."""
    raw_path: str
    query: dict[str, list[str]]

    @property
    def path(self) -> list[str]:
        """The segments of the path, decoded; an encoded slash separates too."""
        return [part for part in unquote(self.raw_path).split("/") if part]

    @property
    def site(self) -> str:
        """The host by which a server is known: with a web port of its own it is another server."""
        host = self.host.removeprefix("www.")
        own_port = self.port is not None and self.scheme in ("http", "https")
        return f"{host}:{self.port}" if own_port else host

    def at(self, path: str) -> str:
        """The address of `path` (which begins with a slash) on this server."""
        login = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{login}{host}{f':{self.port}' if self.port else ''}{path}"

    def moved(self, host: str, path: list[str]) -> Address:
        """The same repository at its usual place on the web."""
        return replace(self, scheme="https", user=None, host=host, port=None, raw_path="/".join(["", *path]))


def cleaned(text: str) -> str:
    """What was meant by a paste: without quotes, invisible characters, `git clone`, or a badge around it."""
    text = _INVISIBLE.sub("", text).strip()
    if "](" in text or "href=" in text:
        found = _LINK.findall(text)
        text = next((link for link in found if "/v2/" in link), found[-1] if found else text)
    if text.startswith("git clone "):
        text = next((word for word in text.split()[2:] if not word.startswith("-")), "")
    text = text.strip("\"'`<> \t")
    if _CONTROL.search(text):
        raise refused("the repository's address contains a line break or a control character")
    refuse_password(text)
    return text


def refuse_password(text: str) -> None:
    """Raises LaunchError when an address, also an encoded one inside `text`, contains a password."""
    once = unquote(text)
    if _LOOSE_PASSWORD.search(text) or any(map(_PASSWORD.search, (text, once, unquote(once)))):
        raise LaunchError(
            "the repository's address holds a password, which everybody on the hub could read",
            hint="write the address without it. For private repositories set gitlab: or github: in the host "
            "file, with a token and private_repositories; and replace the password if it was a real one",
        )


def shown(text: str) -> str:
    """`text` for a message: without login and query, either of which may hold a secret."""
    return re.sub(r"^.*@", "…@", text).split("?")[0]


def without_login(text: str) -> str:
    """The address for output: the user of a web address may be a token."""
    return mask(re.sub(r"(https?://)[^/@\s]+@", r"\1", text, flags=re.IGNORECASE))


def address(text: str) -> Address:
    """The parts of `text`. Raises LaunchError when it is no address of a server."""
    text = text.removeprefix("git+")
    if "://" not in text and (scp := _SCP_LIKE.fullmatch(text)) and (scp["user"] or "." in scp["host"]):
        login = f"{scp['user']}@" if scp["user"] else ""
        text = f"ssh://{login}{scp['host']}/{scp['path'].lstrip('/')}"
    elif bare := _NO_SCHEME.fullmatch(text):
        text = f"https://{bare['rest']}"
    try:
        parts = urlsplit(text)
        port, host = parts.port, _ascii(parts.hostname or "")
    except (ValueError, UnicodeError):
        parts, port, host = SplitResult("", "", "", "", ""), None, ""
    if parts.scheme not in SCHEMES or not host or re.search(r"\s", unquote(parts.netloc)):
        raise refused(f"{shown(text)!r} is no repository that BinderHub can reach")
    return Address(
        parts.scheme,
        parts.username if parts.scheme == "ssh" else None,
        host,
        None if port == _DEFAULT_PORTS[parts.scheme] else port,
        re.sub(r"/{2,}", "/", parts.path).rstrip("/"),
        parse_qs(parts.query),
    )


def _ascii(host: str) -> str:
    host = host.rstrip(".")
    return host.lower() if host.isascii() else host.encode("idna").decode("ascii")
