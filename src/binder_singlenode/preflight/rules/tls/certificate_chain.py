"""The preflight's rules about the chain of the operator's certificate: what a visitor's browser and programs
would not trust, although the certificate fits the host and its key."""

from __future__ import annotations

import contextlib
import re
import ssl
import warnings
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from binder_singlenode.preflight.problem import Problem

if TYPE_CHECKING:
    from cryptography import x509

WHERE = "tls.certificate"
WEAK_HASHES = ("md5", "sha1")
KEY_BITS_MIN = {"RSA": 2048, "EC": 256}
"""CA/Browser Forum, Baseline Requirements, 6.1.5; OpenSSL's security level 2 refuses smaller ones as well."""
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def problems(text: str, roots: str, now: datetime) -> Iterator[Problem]:
    """Problems of the chain in PEM `text`. `roots`: PEM of trusted_roots. Raises ValueError."""
    chain = _read(text)
    if not chain:
        return
    if chain[0].not_valid_before_utc > now:
        begin = f"{chain[0].not_valid_before_utc:%Y-%m-%d %H:%M}"
        yield Problem(f"it is valid only from {begin} UTC on", WHERE, "wait until then, or check the clocks")
    if not _for_servers(chain[0]):
        yield Problem(
            "it is not made out for web servers",
            WHERE,
            "have one issued with the extended key usage serverAuth",
        )
    for read in chain:
        yield from _weak(read)
    if chain[0].issuer == chain[0].subject:
        yield Problem(
            "it is self-signed: browsers warn every visitor, and programs refuse it",
            WHERE,
            "have one issued by an authority, or use tls: acme or tls: own-ca",
            fatal=False,
        )
        return
    yield from _links(chain, roots)


def _read(text: str) -> list[x509.Certificate]:
    from cryptography.x509 import load_pem_x509_certificate  # 50 ms: only when needed

    return [load_pem_x509_certificate(each.encode("ascii")) for each in _PEM.findall(text)]


def _for_servers(read: x509.Certificate) -> bool:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        usages = read.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & {*usages})


def _weak(read: x509.Certificate) -> Iterator[Problem]:
    """Weak keys, and weak signatures of others: a root's signature of itself proves nothing to anybody."""
    name, key = read.subject.rfc4514_string(), read.public_key()
    kind = "EC" if "EllipticCurve" in type(key).__name__ else "RSA" if "RSA" in type(key).__name__ else ""
    bits: Any = getattr(key, "key_size", None)
    if kind and bits < KEY_BITS_MIN[kind]:
        yield Problem(
            f"the key of {name} has {bits} bits: browsers refuse less than {KEY_BITS_MIN[kind]}",
            WHERE,
            "have the certificate issued again for a new key: openssl genpkey -algorithm RSA -pkeyopt"
            " rsa_keygen_bits:3072",
        )
    if _is_weakly_signed(read) and read.issuer != read.subject:
        algorithm = read.signature_hash_algorithm
        yield Problem(
            f"{name} is signed with {algorithm.name.upper() if algorithm else ''}"
            ", which browsers and programs refuse",
            WHERE,
            "have it issued again, signed with SHA-256",
        )


def _links(chain: list[x509.Certificate], roots: str) -> Iterator[Problem]:
    """Each certificate must be issued by the next one, the last one by a known root."""
    for below, above in pairwise(chain):
        if not _issued_by(below, above):
            yield Problem(
                f"after {below.subject.rfc4514_string()} comes {above.subject.rfc4514_string()}"
                ", which has not issued it",
                WHERE,
                f"put the certificate of {below.issuer.rfc4514_string()} there: first the host's, then each"
                " authority's, up to the root",
                fatal=False,
            )
            return
    last = chain[-1]
    if last.issuer == last.subject or last.issuer.rfc4514_string() in _known(roots):
        return
    yield Problem(
        f"the chain ends before a root: the certificate of {last.issuer.rfc4514_string()} is not in the file."
        " Some browsers find it by themselves, programs such as git, pip and curl do not",
        WHERE,
        "append the intermediate certificate that the authority gave you (often called fullchain or bundle)",
        fatal=False,
    )


def _issued_by(below: x509.Certificate, above: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    if _is_weakly_signed(below):  # _weak names it; the library does not verify such signatures
        return below.issuer == above.subject
    try:
        below.verify_directly_issued_by(above)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _is_weakly_signed(read: x509.Certificate) -> bool:
    algorithm = read.signature_hash_algorithm
    return algorithm is not None and algorithm.name in WEAK_HASHES


def _known(roots: str) -> set[str]:
    """Names of the roots that this computer trusts, and of those in trusted_roots."""
    from cryptography.x509 import load_der_x509_certificate

    known = {each.subject.rfc4514_string() for each in _read(roots)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old roots are not all as RFC 5280 wants them
        for der in ssl.create_default_context().get_ca_certs(True):
            with contextlib.suppress(ValueError):
                known.add(load_der_x509_certificate(der).subject.rfc4514_string())
    return known
