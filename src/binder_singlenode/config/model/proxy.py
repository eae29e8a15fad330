"""The section `proxy` of the host file: the way out, where there is no other."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Strict, WithJsonSchema

from binder_singlenode.config.model import fields
from binder_singlenode.config.model.addresses import FieldError, show
from binder_singlenode.config.model.sections import Section

_EXCEPTION = r"[A-Za-z0-9.:*_-]+(?:/[0-9]{1,3})?"


def _without_password(value: Any) -> Any:
    if isinstance(value, str) and "@" in value:
        raise FieldError(
            "a proxy with a user name or password cannot be used (it is not shown)",
            hint="every session and build could read it: let the proxy know this host by its address",
        )
    return value


def _exception(text: str) -> str:
    if not re.fullmatch(_EXCEPTION, text, re.ASCII):
        raise FieldError(
            f"{show(text)} is not a name, a domain, an address or a network",
            hint='write it as in "git.example.org", ".example.org" or "192.0.2.0/24"',
        )
    return text


_ProxyUrl = Annotated[
    fields.Url,
    BeforeValidator(_without_password),
    WithJsonSchema(
        {"type": "string", "pattern": r"^https?://[^/?#@]+/?$", "examples": ["http://proxy:3128"]}
    ),
]
_Exception = Annotated[str, AfterValidator(_exception), WithJsonSchema({"type": "string"})]


class Proxy(Section):
    """The web proxy, for a host that reaches the internet by no other way."""

    http: _ProxyUrl | None = None
    """For http:// addresses: scheme, host and port, as in http://proxy.example.org:3128. Left out: none."""
    https: _ProxyUrl | None = None
    """For https:// addresses; its own scheme is http:// nearly always. Left out: the same as http."""
    no_proxy: Annotated[tuple[_Exception, ...], Strict(False)] = ()
    """Names, .domains, addresses and networks to reach without it. The host, the cluster's own networks and
    all private networks are added to these."""

    @property
    def https_url(self) -> str | None:
        return self.https or self.http

    @property
    def urls(self) -> list[str]:
        """The proxies, each once; empty: there is none."""
        return list(dict.fromkeys(url for url in (self.http, self.https_url) if url))
