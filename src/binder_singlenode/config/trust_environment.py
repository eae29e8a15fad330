"""The variables that make programs trust a bundle of root certificates, for builds, sessions and BinderHub.

Most replace the program's own roots, so the bundle must be complete: the host's roots and the operator's.
"""

from __future__ import annotations

VARIABLES = (
    "SSL_CERT_FILE",  # OpenSSL, and so Python's ssl and Ruby; Go; uv
    "REQUESTS_CA_BUNDLE",  # requests, conda, mamba
    "CURL_CA_BUNDLE",  # curl, and R through it
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "CONDA_SSL_VERIFY",
    "MAMBA_SSL_VERIFY",
    "NODE_EXTRA_CA_CERTS",
    "JULIA_SSL_CA_ROOTS_PATH",
    "CARGO_HTTP_CAINFO",
    "DENO_CERT",
    "AWS_CA_BUNDLE",
)


def environment(bundle: str) -> dict[str, str]:
    """The variables, for a bundle at this path."""
    return dict.fromkeys(VARIABLES, bundle)
