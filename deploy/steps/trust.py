"""The roots of a private authority (`trusted_roots`): the host trusts them, and keeps a bundle for pods.

The bundle holds the host's roots and the operator's. update-ca-certificates makes it again whenever the
host's own roots change, such as with an upgrade of the package ca-certificates.
"""

import json
from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.base.render import render
from binder_singlenode.base.trust_roots import certificates
from binder_singlenode.config import trust_environment
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations.files import File, ensure_file, ensure_folder
from binder_singlenode.deploy.operations.services import write_note
from binder_singlenode.deploy.step import Place, step
from binder_singlenode.layout import paths
from binder_singlenode.layout.names import ROOTS_IN_RUN, SYSTEM_ROOTS

FOLDER = Place("folder", paths.TRUST, "with `trusted_roots`: the bundle for pods", mode="755")
UPDATE = "update-ca-certificates >/dev/null"


def roots(context: Context) -> File | None:
    """The operator's roots, where Debian looks for a machine's own."""
    text = certificates(context.tls_files.roots)
    return File(paths.TRUSTED_ROOTS, text, unit=paths.TRUST_NOTE) if text else None


def files(context: Context) -> tuple[File, ...]:
    """The roots last: they are what the bundle is made from."""
    wanted = roots(context)
    if wanted is None:
        return ()
    variables = [f"{name}={value}" for name, value in trust_environment.environment(ROOTS_IN_RUN).items()]
    runc = render(
        "trust/runc.sh.j2",
        variables=",".join(map(json.dumps, variables)),
        path=ROOTS_IN_RUN,
        source=SYSTEM_ROOTS,
    )
    hook = render(
        "trust/update-hook.sh.j2", folder=paths.TRUST, system_roots=SYSTEM_ROOTS, bundle=paths.TRUSTED_BUNDLE
    )
    return (
        File(paths.TRUSTING_RUNC, runc, mode="755"),
        File(paths.TRUST_HOOK, hook, mode="755", unit=paths.TRUST_NOTE),
        wanted,
    )


@step(
    "trust",
    FOLDER,
    Place("file", paths.TRUSTED_ROOTS, "with `trusted_roots`: your certificates, which the host then trusts"),
    Place("file", paths.TRUST_HOOK, "makes the bundle again when the host's roots change"),
    Place("file", paths.TRUSTING_RUNC, "runc for the builder, with the bundle in each RUN"),
    Place("written", paths.TRUSTED_BUNDLE, "the roots of the host and yours, as pods get them"),
)
def trust(context: Context) -> None:
    """Trust the roots, or no longer: an update ends either change."""
    wanted = files(context)
    if wanted:
        ensure_folder(name=f"Make {FOLDER.path}", path=FOLDER.path, mode=FOLDER.mode, owner=FOLDER.owner)
        for file in wanted:
            ensure_file(name=f"Write {file.path}", file=file)
        ensure_trusted(name="Trust the roots of trusted_roots", digest=wanted[-1].sha256)
    else:
        ensure_not_trusted(name="Trust no roots but the system's")


@operation()
def ensure_trusted(digest: str) -> Generator[StringCommand, None, None]:
    """Make the host's list of roots and the bundle, unless they are made from these roots already."""
    seen = look(host)
    if seen.stamps().get(paths.TRUST_NOTE) == digest:
        return
    yield StringCommand(f"{UPDATE} && test -s {paths.TRUSTED_BUNDLE}")
    yield StringCommand(write_note(paths.TRUST_NOTE, digest))
    seen.forget("stamps")


@operation()
def ensure_not_trusted() -> Generator[StringCommand, None, None]:
    """Remove the roots from the host's list. The bundle stays until `down`: pods may still have it mounted.
    The note goes last, so that a run that was killed is repeated."""
    seen = look(host)
    if paths.TRUSTED_ROOTS not in seen.files() and paths.TRUST_NOTE not in seen.stamps():
        return
    yield StringCommand(
        f"rm -f {paths.TRUSTED_ROOTS} && {UPDATE} && rm -f {paths.stamp_path(paths.TRUST_NOTE)}"
    )
    seen.forget_file(paths.TRUSTED_ROOTS)
    seen.forget("stamps")
