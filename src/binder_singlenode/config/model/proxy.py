"""The section `proxy` of the host file: the web proxy for outgoing connections."""

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
    """The web proxy, for a host without direct access to the internet."""

    http: _ProxyUrl | None = None
    """Proxy for http:// URLs: scheme, host and port, as in http://proxy.example.org:3128. Left out: none."""
    https: _ProxyUrl | None = None
    """Proxy for https:// URLs; its own URL nearly always begins with http://. Left out: the same as http."""
    no_proxy: Annotated[tuple[_Exception, ...], Strict(False)] = ()
    """Names, .domains, addresses and networks to reach without the proxy. The host, the cluster's networks
    and all private networks are always added."""

    @property
    def https_url(self) -> str | None:
        return self.https or self.http

    @property
    def urls(self) -> list[str]:
        """The URLs of the proxies without duplicates; empty without a proxy."""
        return list(dict.fromkeys(url for url in (self.http, self.https_url) if url))
