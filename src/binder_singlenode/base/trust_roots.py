"""Root certificates of a private authority, as PEM text: what makes them useless, or dangerous to spread."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509

SIZE_MAX_BYTES = 256 * 1024
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


def problem(text: str, now: datetime | None = None) -> tuple[str, str] | None:
    """What is wrong with the file, and the remedy; None if every certificate can be trusted as an authority.

    No message quotes the text, because it may be a private key that was pasted by mistake.
    """
    kinds = [match[1] for match in _BLOCK.finditer(text)]
    if "PRIVATE KEY" in text:
        return (
            "contains a private key (it is not shown)",
            "remove the key from the file, which every build and session could read",
        )
    if not kinds:
        return "contains no certificate in PEM", "convert it: openssl x509 -inform der -in FILE -out NEW"
    if set(kinds) != {"CERTIFICATE"}:
        return "contains more than certificates", "leave only the blocks -----BEGIN CERTIFICATE-----"
    for number, match in enumerate(_BLOCK.finditer(text), start=1):
        wrong = _wrong(match[0], now or datetime.now(UTC))
        if wrong:
            return (f"certificate {number} {wrong[0]}", wrong[1])
    return None


def _wrong(pem: str, now: datetime) -> tuple[str, str] | None:
    from cryptography.x509 import load_pem_x509_certificate  # 50 ms: only when needed

    try:
        read = load_pem_x509_certificate(pem.encode("ascii", "replace"))
        is_authority = _is_authority(read)
    except ValueError:
        return "cannot be read", "compare it with the authority's own copy: openssl x509 -text -in FILE"
    name = read.subject.rfc4514_string()
    if read.not_valid_after_utc <= now:
        return f"({name}) ended on {read.not_valid_after_utc:%Y-%m-%d}", "get the authority's new root"
    if not is_authority:
        return (
            f"({name}) is not an authority's: it can vouch for no other certificate",
            "give the root of the authority that issued it",
        )
    return None


def _is_authority(read: x509.Certificate) -> bool:
    """Whether the basic constraints say so. Roots of version 1 have none, and are self-signed."""
    from cryptography import x509

    try:
        return read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return read.version is x509.Version.v1 and read.subject == read.issuer


def certificates(text: str) -> str:
    """Only the certificates of the file, without comments around them."""
    return "".join(f"{match[0]}\n" for match in _BLOCK.finditer(text) if match[1] == "CERTIFICATE")
