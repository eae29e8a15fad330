"""The entry's certificates, as the host presents them on port 443 for each of its names."""

from typing import Any

import pytest

from binder_singlenode.base import certificate
from binder_singlenode.binderhub.session import wait_for
from binder_singlenode.health.checks.remote import output
from binder_singlenode.health.expectations import Expectations
from binder_singlenode.preflight.rules.tls.certificates import FEW_DAYS

Served = dict[str, str]  # name -> certificate in PEM; "" where none is presented
# Caddy renews when a third of a certificate's life is left. At half of that, renewal has failed for long.
LEAST_PART = 1 / 6
# https://letsencrypt.org/docs/staging-environment/: the names of its authorities begin like this.
STAGING = "(STAGING)"
SEE = "see `binder-singlenode logs HOST entry`"


@pytest.fixture(scope="module")
def served(host: Any, expect: Expectations) -> Served:
    """What the entry shows. The first certificate may still be on its way."""
    if expect.tls == "off":
        pytest.skip("tls is off in the host file")
    found: Served = {}

    def all_are_good() -> bool:
        found.update({name: output(host, certificate.shown_for(name)) for name in expect.names})
        return expect.tls == "files" or not (uncovered(found) or ending(found, expect.tls))

    wait_for(all_are_good, expect.certificate_s)
    return found


def test_names(served: Served) -> None:
    """Entry has a certificate for each of its names."""
    missing = [name for name, pem in served.items() if not pem]
    assert not missing, f"no certificate is shown to those who ask for {' and '.join(missing)}: {SEE}"
    wrong = uncovered(served)
    assert not wrong, f"{'; '.join(wrong)}: {SEE}"


def test_dates(served: Served, expect: Expectations) -> None:
    """Entry's certificates have not ended, and are renewed in time."""
    if not any(served.values()):
        pytest.skip("there is no certificate to look at")
    late = ending(served, expect.tls)
    remedy = "have it renewed, then run `binder-singlenode up`" if expect.tls == "files" else SEE
    assert not late, f"{'; '.join(late)}: {remedy}"


def test_authority(served: Served, expect: Expectations) -> None:
    """Entry's certificates are none of an authority for trials."""
    if expect.tls != "acme" or expect.staging:
        pytest.skip("the host file asks for no certificates that browsers trust by themselves")
    issuers = {name: certificate.issuer(pem) for name, pem in served.items()}
    trials = [f"{name}: signed by {issuer}" for name, issuer in issuers.items() if STAGING in issuer]
    assert not trials, f"{'; '.join(trials)}, which no browser trusts: {SEE}"


def uncovered(served: Served) -> list[str]:
    """Names that their certificate is not for, in words."""
    certified = {name: certificate.names(pem) for name, pem in served.items()}
    return [
        f"{name} gets a certificate for {', '.join(others) or 'no name'}"
        for name, others in certified.items()
        if not certificate.covers(others, name)
    ]


def ending(served: Served, mode: str) -> list[str]:
    """Names whose certificate has ended, or will before anybody notices, in words."""
    return [
        f"the certificate for {name} {_when(certificate.days_left(pem) or 0.0)}"
        for name, pem in served.items()
        if pem and _is_late(pem, mode)
    ]


def _is_late(pem: str, mode: str) -> bool:
    """Authorities give certificates for hours or for months: what Caddy renews goes by part of its life."""
    if mode == "files":
        return (certificate.days_left(pem) or 0.0) < FEW_DAYS
    return (certificate.part_left(pem) or 0.0) < LEAST_PART


def _when(days: float) -> str:
    if days <= 0:
        return f"ended {-days:.1f} days ago"
    return f"ends in {days:.1f} days" + ("" if days >= 1 else f" ({24 * days:.1f} hours)")
