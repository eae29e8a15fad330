"""When certificates run out, and what they are for, read from PEM without a library: no more is wanted."""

import ipaddress
import re
import ssl
from datetime import UTC, datetime

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# RFC 5280, Validity ::= SEQUENCE { notBefore Time, notAfter Time }, each a UTCTime (tag 17) of 13 bytes or,
# from 2050 on, a GeneralizedTime (tag 18) of 15. The lengths make the pattern long enough to be no accident.
_TIME = rb"(?:\x17\x0d\d{12}Z|\x18\x0f\d{14}Z)"
_VALIDITY = re.compile(rb"\x30[\x1e\x20\x22]" + _TIME + rb"(" + _TIME + rb")")


def ends_at(pem: str) -> datetime | None:
    """The earliest end of the certificates in the text; None when there is none. Raises ValueError."""
    ends = [_end(ssl.PEM_cert_to_DER_cert(each)) for each in _PEM.findall(pem)]
    return min(ends, default=None)


def _end(der: bytes) -> datetime:
    match = _VALIDITY.search(der)
    if match is None:
        raise ValueError("a certificate without dates")
    kind, text = match[1][0], match[1][2:].decode("ascii")
    if kind == 0x18:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    # UTCTime has two digits of the year: 50..99 are of the last century (RFC 5280, 4.1.2.5.1)
    century = "19" if int(text[:2]) >= 50 else "20"
    return datetime.strptime(century + text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def days_left(pem: str, now: datetime | None = None) -> float | None:
    """Days until the first certificate in the text ends; negative when it has. Raises ValueError."""
    end = ends_at(pem)
    return None if end is None else (end - (now or datetime.now(UTC))).total_seconds() / 86400


# RFC 5280, 4.2.1.6: the extension's object identifier, perhaps "critical", then the names in an OCTET STRING.
_ALTERNATIVE_NAMES = re.compile(rb"\x06\x03\x55\x1d\x11(?:\x01\x01\xff)?\x04", re.DOTALL)
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87


def names(pem: str) -> list[str]:
    """The DNS names and addresses that the first certificate in the text is for. Raises ValueError."""
    first = _PEM.search(pem)
    der = ssl.PEM_cert_to_DER_cert(first[0]) if first else b""
    match = _ALTERNATIVE_NAMES.search(der)
    if match is None:
        return []
    sequence, _ = _value(der, match.end() - 1)
    body, _ = _value(sequence, 0)
    found, at = [], 0
    while at < len(body):
        value, end = _value(body, at)
        if body[at] == _DNS_NAME:
            found.append(value.decode("ascii").lower())
        elif body[at] == _IP_ADDRESS:
            found.append(str(ipaddress.ip_address(value)))
        at = end
    return found


def _value(der: bytes, at: int) -> tuple[bytes, int]:
    """The contents of the DER element that begins at `at`, and where the next one begins."""
    try:
        length, begin = der[at + 1], at + 2
        if length & 0x80:
            begin += length & 0x7F
            length = int.from_bytes(der[at + 2 : begin], "big")
    except IndexError:
        raise ValueError("a certificate that is cut off") from None
    return der[begin : begin + length], begin + length


def covers(certified: list[str], name: str) -> bool:
    """Whether a browser takes the certificate for `name`: a star stands for one label."""
    return name in certified or "*." + name.partition(".")[2] in certified
