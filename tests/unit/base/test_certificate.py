"""How long a certificate is still good for."""

import base64

import pytest

from binder_singlenode.base import certificate

from ..health.checks.good_host import pem


@pytest.mark.parametrize("days", [-3, 10, 300, 20000])
def test_days_left_of_a_certificate(days: float) -> None:
    assert certificate.days_left(pem(days)) == pytest.approx(days, abs=0.01)


def test_of_several_certificates_the_first_to_end_counts() -> None:
    assert certificate.days_left(pem(50) + "text" + pem(5)) == pytest.approx(5, abs=0.01)
    assert certificate.days_left("none") is None


def test_what_is_no_certificate() -> None:
    bogus = base64.b64encode(b"not DER").decode()
    with pytest.raises(ValueError, match="without dates"):
        certificate.days_left(f"-----BEGIN CERTIFICATE-----\n{bogus}\n-----END CERTIFICATE-----\n")
