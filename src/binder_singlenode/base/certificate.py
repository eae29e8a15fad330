"""Read PEM certificates: validity (without the import time of cryptography), names and issuer."""

from __future__ import annotations

import re
import shlex
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from binder_singlenode.base.ip import as_ip

if TYPE_CHECKING:
    from cryptography import x509

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# RFC 5280, Validity ::= SEQUENCE { notBefore Time, notAfter Time }, each a UTCTime (tag 0x17) of 13 bytes or,
# from 2050 on, a GeneralizedTime (tag 0x18) of 15. The pattern is too long to match other data by chance.
_TIME = rb"(?:\x17\x0d\d{12}Z|\x18\x0f\d{14}Z)"
_VALIDITY = re.compile(rb"\x30[\x1e\x20\x22](" + _TIME + rb")(" + _TIME + rb")")

_SHOWN_LIMIT_S = 20


def ends_at(pem: str) -> datetime | None:
    """The earliest expiry of the certificates in `pem`; None without a certificate. Raises ValueError."""
    ends = [_validity(each)[1] for each in _PEM.findall(pem)]
    return min(ends, default=None)


def _validity(pem: str) -> tuple[datetime, datetime]:
    match = _VALIDITY.search(ssl.PEM_cert_to_DER_cert(pem))
    if match is None:
        raise ValueError("a certificate without dates")
    return _time(match[1]), _time(match[2])


def _time(der: bytes) -> datetime:
    kind, text = der[0], der[2:].decode("ascii")
    if kind == 0x18:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    # UTCTime has a two-digit year: 50 to 99 mean 1950 to 1999 (RFC 5280, 4.1.2.5.1)
    century = "19" if int(text[:2]) >= 50 else "20"
    return datetime.strptime(century + text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def days_left(pem: str, now: datetime | None = None) -> float | None:
    """Days until ends_at(), negative after it; None without a certificate. Raises ValueError."""
    end = ends_at(pem)
    return None if end is None else (end - (now or datetime.now(UTC))).total_seconds() / 86400


def part_left(pem: str, now: datetime | None = None) -> float | None:
    """Remaining part of the lifetime of the first certificate in `pem`: 1 when new, negative after expiry.
    None without a certificate. Raises ValueError."""
    first = _PEM.search(pem)
    if first is None:
        return None
    begin, end = _validity(first[0])
    return (end - (now or datetime.now(UTC))) / (end - begin)


def _first(pem: str) -> x509.Certificate | None:
    from cryptography.x509 import load_pem_x509_certificate  # 50 ms: only when needed

    first = _PEM.search(pem)
    return None if first is None else load_pem_x509_certificate(first[0].encode("ascii"))


def issuer(pem: str) -> str:
    """Issuer of the first certificate in `pem`, such as "CN=R10,O=Let's Encrypt,C=US"; "" without a
    certificate. Raises ValueError."""
    first = _first(pem)
    return "" if first is None else first.issuer.rfc4514_string()


def names(pem: str) -> list[str]:
    """The DNS names and IP addresses of the first certificate in `pem`. Raises ValueError."""
    first = _first(pem)
    if first is None:
        return []
    from cryptography import x509

    try:
        listed = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(each.value).lower() for each in listed if isinstance(each, x509.DNSName | x509.IPAddress)]


def covers(certified: list[str], name: str) -> bool:
    """Whether a certificate with the names `certified` is valid for `name`; * stands for one label."""
    return name in certified or "*." + name.partition(".")[2] in certified


def shown_for(name: str, port: int = 443) -> str:
    """Shell command for the host: print the certificate that its entry serves for `name`, or nothing when it
    serves none. (openssl is installed: ca-certificates depends on it.)"""
    # RFC 6066, section 3: an IP address is not allowed as server name.
    server = "-noservername" if as_ip(name) else f"-servername {shlex.quote(name)}"
    ask = f"timeout {_SHOWN_LIMIT_S} openssl s_client -connect 127.0.0.1:{port} {server}"
    return f"{ask} </dev/null 2>/dev/null | openssl x509 2>/dev/null || true"
