"""The preflight's rules about the certificate that the host file names."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import datetime

from binder_singlenode.base import certificate
from binder_singlenode.config import Host
from binder_singlenode.config.secrets.tls_files import read, roots
from binder_singlenode.errors import ConfigError
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.rules.tls import certificate_chain

FEW_DAYS = 14


def problems(host: Host, now: datetime) -> Iterator[Problem]:
    """Problems that a browser, or Caddy at its start, would have with the certificate."""
    pair = (host.tls.certificate, host.tls.key)
    if host.tls.mode != "files" or not all(pair):
        return
    try:
        text = read(host).certificate
        days = certificate.days_left(text, now)
        names = certificate.names(text)
        chain = list(certificate_chain.problems(text, roots(host), now))
    except (ConfigError, ValueError) as error:
        yield Problem(str(error), "tls.certificate", "give a certificate in PEM, its intermediates behind it")
        return
    yield from _dates(days)
    if days is None:
        return
    yield from chain
    yield from _key(host)
    missing = [name for name in host.names if not certificate.covers(names, name)]
    if missing:
        yield Problem(
            f"the certificate is for {', '.join(names) or 'no name at all'}, not for {' and '.join(missing)}",
            "tls.certificate",
            "have it made out to all of these names, or correct hostname or domain",
        )


def _key(host: Host) -> Iterator[Problem]:
    """Check with OpenSSL that key and certificate match. It does not prompt for a passphrase."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(str(host.tls.certificate), str(host.tls.key), password=lambda: b"")
    except (ssl.SSLError, OSError, ValueError) as error:
        mismatch = getattr(error, "reason", None) == "KEY_VALUES_MISMATCH"
        what = "is not the key of the certificate" if mismatch else "cannot be read without a passphrase"
        yield Problem(
            what,
            "tls.key",
            "give the key that the certificate was asked for with"
            if mismatch
            else "give a private key in PEM without a passphrase: openssl pkey -in KEY -out NEW",
        )


def _dates(days: float | None) -> Iterator[Problem]:
    if days is None:
        yield Problem("there is no certificate in the file", "tls.certificate", "give a certificate in PEM")
    elif days <= 0:
        yield Problem(f"it ended {-days:.0f} days ago", "tls.certificate", "have it renewed")
    elif days < FEW_DAYS:
        yield Problem(
            f"it ends in {days:.0f} days",
            "tls.certificate",
            "have it renewed, then run up again",
            fatal=False,
        )
