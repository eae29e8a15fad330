"""The certificates of servers that builds, sign-in and downloads need, as the host judges them."""

from __future__ import annotations

import shlex
from urllib.parse import urlsplit

from binder_singlenode.config import Host
from binder_singlenode.layout.names import SYSTEM_ROOTS

THROUGH_PROXY = "github.com"
"""Through a web proxy, this public server shows whether the proxy opens TLS."""
UNKNOWN_AUTHORITY = 60
"""curl's exit code for a certificate that it cannot trace back to a root (CURLE_PEER_FAILED_VERIFICATION)."""

# curl reads the roots from a pipe, so that nothing is written on the host. The issuer is asked for only then.
_TRY = r"""
roots=@roots@
issuer() {
    timeout 10 openssl s_client -connect "$1:$2" -servername "$1" @through@ </dev/null 2>/dev/null |
        openssl x509 -noout -issuer -nameopt RFC2253 2>/dev/null | sed 's/^issuer=[ ]*//'
}
for door in @doors@; do
    (trusted() { cat @system@; printf '%s\n' "$roots"; }
     curl -sS -o /dev/null --max-time 15 @proxy@ --cacert <(trusted) "https://$door/" 2>/dev/null
     [ $? = @unknown@ ] || exit 0
     by=$(issuer "${door%:*}" "${door##*:}" | tr '\t' ' ')
     printf 'not_trusted\t%s\t%s\n' "$door" "$by") &
done
wait
exit 0
"""


def servers(host: Host) -> list[str]:
    """HOST:PORT of the private servers that the host file names, and of one behind the web proxy."""
    sign_in = host.sign_in
    urls = [sign_in.authorize_url, sign_in.token_url, sign_in.userdata_url] if sign_in.on else []
    named = [f"https://{name}" for name in (host.github.host, host.gitlab.host)]
    public = {"https://github.com", "https://gitlab.com"}
    found = [url for url in [*named, *filter(None, urls)] if url not in public]
    found += [f"https://{THROUGH_PROXY}"] if host.proxy.https_url else []
    parts = [urlsplit(url) for url in found]
    return list(
        dict.fromkeys(f"{each.hostname}:{each.port or 443}" for each in parts if each.scheme == "https")
    )


def script(host: Host, roots: str) -> str:
    """Shell for the host, which needs bash; "" without a server to ask. `roots`: PEM of trusted_roots."""
    doors = servers(host)
    if not doors:
        return ""
    proxy = urlsplit(host.proxy.https_url or "")
    given = {
        "@roots@": shlex.quote(roots),
        "@doors@": " ".join(map(shlex.quote, doors)),
        "@proxy@": f"--proxy {shlex.quote(host.proxy.https_url)}"
        if host.proxy.https_url
        else "--noproxy '*'",
        "@through@": f"-proxy {proxy.hostname}:{proxy.port or 3128}" if proxy.hostname else "",
        "@system@": SYSTEM_ROOTS,
        "@unknown@": str(UNKNOWN_AUTHORITY),
    }
    text = _TRY
    for mark, value in given.items():
        text = text.replace(mark, value)
    return f"bash -c {shlex.quote(text)}"
