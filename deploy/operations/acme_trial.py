"""With tls.mode acme: request a certificate from the ACME staging directory first.

Failures there do not count against the rate limits of the real directory.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.base.ip import in_brackets
from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations.files import sha256_of_notes
from binder_singlenode.deploy.operations.services import write_note
from binder_singlenode.layout import paths
from binder_singlenode.layout.addresses import PUBLIC_PORTS

LIMIT_S = 180
"""A certificate authority validates a name from several places, and makes Caddy wait in between."""


@dataclass(frozen=True)
class Trial:
    """One request to the staging directory: the script, and the digest of the settings it tests."""

    directory: str
    script: str = field(repr=False)
    digest: str


def trial(context: Context) -> Trial | None:
    """The trial for this host file; None without `tls.mode: acme` or without a staging directory."""
    tls = context.host.tls
    if tls.mode != "acme" or tls.acme.trial_directory is None:
        return None
    given = values(context)
    digest = sha256_of_notes(given["trial"], given["directory"], *given["names"], context.tls_files.root_ca)
    return Trial(tls.acme.trial_directory, render("entry/acme-staging.sh.j2", **given), digest)


def values(context: Context) -> dict[str, Any]:
    """Variables of the template entry/acme-staging.sh.j2."""
    tls = context.host.tls
    return {
        "trial": tls.acme.trial_directory,
        "directory": tls.acme.directory,
        "email": tls.email,
        "root_ca": paths.ACME_ROOT if tls.acme.root_ca else None,
        "names": [in_brackets(name) for name in context.host.names],
        "ports": PUBLIC_PORTS,
        "limit_s": LIMIT_S,
        "unit": paths.ACME_TRIAL_UNIT,
        "entry_unit": paths.ENTRY_UNIT,
        "user": paths.ENTRY_USER,
        "caddy": paths.CADDY,
    }


@operation()
def ensure_trial(wanted: Trial) -> Generator[StringCommand, None, None]:
    """Run the trial, unless it has already succeeded with the same settings."""
    seen = look(host)
    if seen.stamps().get(paths.ACME_TRIAL) == wanted.digest:
        return
    yield StringCommand("sh", "-s", _stdin=wanted.script)
    yield StringCommand(write_note(paths.ACME_TRIAL, wanted.digest))
    seen.forget("units", "stamps")
