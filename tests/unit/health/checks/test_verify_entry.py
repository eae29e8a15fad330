"""The checks of the entry's certificates, over an `ssh` that shows certificates made for the test."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from binder_singlenode.base import certificate
from binder_singlenode.config import loads
from binder_singlenode.health.checks.test_entry import ending
from binder_singlenode.health.expectations import expectations
from binder_singlenode.sizing.size import Machine, size

from .verify_bed import Bed, outcomes

NAME = "b.example.org"
NAMES = (NAME, f"hub.{NAME}")
HOUR = 1 / 24


def pem(*names: str, life_days: float = 90, left_days: float = 60, issuer: str = "Let's Encrypt") -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    by = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer)])
    end = datetime.now(UTC) + timedelta(left_days)
    made = x509.CertificateBuilder(by, x509.Name([]), key.public_key(), 1, end - timedelta(life_days), end)
    listed = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    return made.add_extension(listed, False).sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def failures(bed: Bed, shown: str, tls: str = "acme", **more: Any) -> dict[str, str]:
    """Check by check, what is wrong when the entry shows this to everybody."""
    bed.answers(r"openssl s_client", shown)
    report = bed.verify("entry", tls=tls, names=NAMES, certificate_s=0.0, **more)
    return {result.name.removeprefix("entry::"): result.message for result in report.failed}


def test_a_certificate_for_each_name_is_well(bed: Bed) -> None:
    for name in NAMES:
        bed.answers(f"openssl s_client .* -servername {name} ", pem(name))
    assert set(outcomes(bed.verify("entry", tls="acme", names=NAMES)).values()) == {"passed"}


def test_a_star_and_an_address(bed: Bed) -> None:
    assert failures(bed, pem(NAME, f"*.{NAME}")) == {}
    bed.verify("entry", tls="own-ca", names=("192.0.2.7",), certificate_s=0.0)
    assert "-noservername" in bed.asked()[-1]["command"]


def test_without_encryption_nothing_is_asked(bed: Bed) -> None:
    report = bed.verify("entry")
    assert {result.outcome for result in report.results} == {"skipped"}
    assert {result.message.rpartition("Skipped: ")[2] for result in report.results} == {
        "tls is off in the host file"
    }


def test_a_name_without_a_certificate_is_named(bed: Bed) -> None:
    bed.answers(r"openssl s_client", "")
    bed.answers(f"openssl s_client .* -servername {NAME} ", pem(NAME))
    (only,) = bed.verify("entry", tls="acme", names=NAMES, certificate_s=0.0).failed
    assert only.name == "entry::names"
    assert f"no certificate is shown to those who ask for hub.{NAME}: see" in only.message


def test_a_certificate_for_other_names(bed: Bed) -> None:
    found = failures(bed, pem(NAME, "www.example.org"))
    assert list(found) == ["names"]
    assert f"hub.{NAME} gets a certificate for {NAME}, www.example.org: see" in found["names"]


def test_a_certificate_that_was_not_renewed(bed: Bed) -> None:
    found = failures(bed, pem(*NAMES, left_days=14.96))
    assert list(found) == ["dates"]
    each = [f"the certificate for {name} ends in 15.0 days" for name in NAMES]
    assert f"{'; '.join(each)}: see `binder-singlenode logs HOST entry`" in found["dates"]


@pytest.mark.parametrize(
    ("tls", "life_days", "left_days", "words"),
    [
        ("files", 365, 13.96, "ends in 14.0 days"),
        ("files", 365, -3, "ended 3.0 days ago"),
        ("files", 365, 15, None),
        ("acme", 90, 14.96, "ends in 15.0 days"),
        ("acme", 90, -1, "ended 1.0 days ago"),
        ("acme", 6, 1.1, None),
        ("own-ca", 0.5, 1.9 * HOUR, "ends in 0.1 days (1.9 hours)"),
        ("own-ca", 0.5, 2.1 * HOUR, None),
    ],
)
def test_when_a_certificate_ends_too_soon(
    tls: str, life_days: float, left_days: float, words: str | None
) -> None:
    """Some are short by nature."""
    found = ending({NAME: pem(NAME, life_days=life_days, left_days=left_days)}, tls)
    assert found == ([] if words is None else [f"the certificate for {NAME} {words}"])


def test_a_certificate_of_an_authority_for_trials(bed: Bed) -> None:
    trial = pem(*NAMES, issuer="(STAGING) Let's Encrypt")
    found = failures(bed, trial)
    assert list(found) == ["authority"]
    assert f"{NAME}: signed by O=(STAGING) Let's Encrypt; hub.{NAME}: signed by" in found["authority"]
    assert failures(bed, trial, staging=True) == {}, "the host file asks for it"


def test_the_first_certificate_is_waited_for(bed: Bed) -> None:
    """The table changes while the checks wait: only Caddy's own are on their way."""
    bed.answers(r"openssl s_client", "")
    late = pem(*NAMES)

    def arrive(result: Any) -> None:
        if result.outcome == "running" and not bed.table[-1][2]:
            bed.answers(r"openssl s_client", late)
            bed.write_table()

    report = bed.verify("entry", tls="acme", names=NAMES, certificate_s=60.0, progress=arrive)
    assert report.ok and outcomes(report)["entry::names"] == "passed"


@pytest.mark.parametrize(
    ("text", "names", "staging"),
    [
        ("domain: b.example.org\ntls: acme\n", NAMES, False),
        ("tls: own-ca\n", ("2001:db8::1",), False),
        ("hostname: b.example.org\ntls: {mode: acme, acme: {directory: %s}}\n", (NAME,), True),
    ],
)
def test_what_is_expected_comes_from_the_host_file(text: str, names: tuple[str, ...], staging: bool) -> None:
    trials = "'https://acme-staging-v02.api.letsencrypt.org/directory'"
    host = loads(f"address: 2001:DB8::1\n{text.replace('%s', trials)}", "h.yaml")
    expect = expectations(host, size(Machine(2**34, 4, 2**37), host))
    assert (expect.names, expect.staging, expect.tls) == (names, staging, host.tls.mode)


@pytest.mark.parametrize(("left_days", "part"), [(90, 1.0), (45, 0.5), (0, 0.0), (-9, -0.1)])
def test_what_is_left_of_a_certificates_life(left_days: float, part: float) -> None:
    assert certificate.part_left(pem(NAME, left_days=left_days)) == pytest.approx(part, abs=0.001)


def test_no_certificate_has_no_life_names_or_issuer() -> None:
    assert certificate.part_left("") is None
    assert (certificate.names(""), certificate.issuer("")) == ([], "")
