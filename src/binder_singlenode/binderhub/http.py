"""HTTP to a hub: proxies, time limits, certificates, and answers that are not BinderHub's."""

import ssl
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from binder_singlenode import __name__ as product
from binder_singlenode.base.invocation import once
from binder_singlenode.base.ip import as_ip
from binder_singlenode.binderhub import trusted_roots
from binder_singlenode.errors import LaunchError
from binder_singlenode.layout import maintenance

NOT_RUNNING_HINT = "see what is not up with `binder-singlenode status`, and read `binder-singlenode logs`"

CLOSED_HINT = "to open: take `maintenance` out of the host file, then run `binder-singlenode up`"


def client(base_url: str, timeout: httpx.Timeout | float) -> httpx.Client:
    """A client that follows no redirect and uses the environment's proxy, except for this computer itself."""
    name = urlsplit(base_url).hostname or ""
    return httpx.Client(
        timeout=timeout,
        verify=certificates(name),
        trust_env=not is_loopback(name),
        headers={"User-Agent": product.replace("_", "-")},
    )


@once
def certificates(name: str) -> ssl.SSLContext:
    """The roots trusted for this host, read once per run: the certificate store takes 50 ms or more."""
    context = httpx.create_ssl_context()
    trusted_roots.believe(context, name)
    return context


def is_loopback(name: str) -> bool:
    """Whether the name or address means this computer itself."""
    address = as_ip(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def reason(error: httpx.HTTPError) -> str:
    """A short cause; httpx leaves some messages empty."""
    return str(error) or type(error).__name__


def refuse_non_stream(response: httpx.Response) -> None:
    """Raise LaunchError unless the answer is an event stream; the status of a stream has no meaning."""
    kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "text/event-stream":
        return
    raise not_binderhub(response, f"an event stream was asked for, {kind or 'nothing named'} came")


def not_binderhub(response: httpx.Response, what: str) -> LaunchError:
    """The error for an answer that does not come from BinderHub."""
    where = str(response.request.url)
    status = response.status_code
    if response.has_redirect_location:
        return LaunchError(
            f"a redirect to {response.headers['location']} instead of BinderHub",
            where=where,
            hint="`url` in the host file must be the final address, with https if the entry uses it",
        )
    if status == HTTPStatus.SERVICE_UNAVAILABLE and (sentence := closed(response)):
        return LaunchError(sentence, where=where, hint=CLOSED_HINT)
    if status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT):
        return LaunchError(
            f"{_named(status)}: the entry answers, BinderHub behind it does not",
            where=where,
            hint=NOT_RUNNING_HINT,
        )
    return LaunchError(
        f"{_named(status)}: {what}",
        where=where,
        hint="something else than BinderHub answers there: compare `hostname` and `url` in the host file",
    )


def closed(response: httpx.Response) -> str:
    """The entry's maintenance message, or ""."""
    try:
        return maintenance.read(response.read())
    except httpx.HTTPError:
        return ""


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
