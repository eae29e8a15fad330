"""When certificates run out, read from PEM without a library's start-up time, and what they are for."""

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


def names(pem: str) -> list[str]:
    """The DNS names and addresses that the first certificate in the text is for. Raises ValueError."""
    from cryptography import x509  # 50 ms, for certificates of the operator's own

    first = _PEM.search(pem)
    if first is None:
        return []
    extensions = x509.load_pem_x509_certificate(first[0].encode("ascii")).extensions
    try:
        listed = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(each.value).lower() for each in listed if isinstance(each, x509.DNSName | x509.IPAddress)]


def covers(certified: list[str], name: str) -> bool:
    """Whether a browser takes the certificate for `name`: a star stands for one label."""
    return name in certified or "*." + name.partition(".")[2] in certified
