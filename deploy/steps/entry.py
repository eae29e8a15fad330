"""The entry: Caddy on the host, in front of two Services with fixed addresses."""

from collections.abc import Generator
from posixpath import basename
from typing import Any
from urllib.parse import urlsplit

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.base.ip import in_brackets
from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations.acme_trial import ensure_trial, trial
from binder_singlenode.deploy.operations.binaries import Installed, ensure_verified_file, titled
from binder_singlenode.deploy.operations.files import File, ensure_file, ensure_folder, ensure_no_file
from binder_singlenode.deploy.operations.manifests import ensure_manifests
from binder_singlenode.deploy.operations.services import Service, ensure_service
from binder_singlenode.deploy.step import BINARY, Leaves, Place, step
from binder_singlenode.deploy.steps.maintenance import reopen
from binder_singlenode.layout import paths
from binder_singlenode.layout.addresses import ENTRY_PORT, PUBLIC_PORTS

LOG_FOLDER = Place(
    "folder",
    paths.LOG,
    "`audit.log` (who ran what, when), `access.log` (30 days), `launches` (one file per day)",
    mode="1770",  # sticky bit: the entry can rotate its own log, but not change others' files
    owner=f"root:{paths.ENTRY_USER}",
)
TLS_PATHS = (paths.TLS_CERTIFICATE, paths.TLS_KEY, paths.ACME_ROOT)


def binary(context: Context) -> Installed:
    """The Caddy binary."""
    return Installed(paths.CADDY, context.release.caddy, unit=paths.ENTRY_UNIT)


def manifest(context: Context) -> File:
    """Manifest of the two Services."""
    addresses = context.addresses
    text = render(
        "entry/entry.yaml.j2",
        namespace=context.namespace,
        binder_address=addresses.binder,
        hub_address=addresses.hub,
        port=ENTRY_PORT,
    )
    return File(paths.ENTRY_MANIFEST, text, mode="600")


def files(context: Context) -> tuple[File, ...]:
    """All files that Caddy reads at start."""
    return (*tls_files(context), *own_files(context))


def own_files(context: Context) -> tuple[File, ...]:
    """Files rendered here: the Caddyfile and the unit."""
    unit = paths.ENTRY_UNIT
    handed = (paths.CADDYFILE, paths.MEND_STORAGE, *(file.path for file in tls_files(context)))
    run = render(
        "entry/binder-entry.service.j2",
        user=paths.ENTRY_USER,
        caddy=paths.CADDY,
        credentials={basename(path): path for path in handed},
        state=paths.ENTRY_STATE,
        state_name=basename(paths.ENTRY_STATE),
        log=paths.LOG,
        mend=basename(paths.MEND_STORAGE),
    )
    return (
        File(paths.MEND_STORAGE, render("entry/mend-storage.sh.j2"), mode="700", unit=unit),
        File(paths.CADDYFILE, render("entry/Caddyfile.j2", **caddyfile_values(context)), unit=unit),
        File(paths.unit_path(unit), run, unit=unit),
    )


def caddyfile_values(context: Context) -> dict[str, Any]:
    """Variables of the template entry/Caddyfile.j2."""
    configured = context.host
    names = [in_brackets(name) for name in configured.names]
    scheme = "https" if configured.tls.on else "http"
    # Without encryption the entry accepts every host name, such as an IP address or a forwarded port.
    first = names[0] if configured.tls.on else ""
    return {
        "tls": configured.tls,
        "names": names,
        "addresses": [f"{scheme}://{name}" for name in (first, *names[1:])],
        "ports": PUBLIC_PORTS,
        "base_url": configured.base_url,
        "hub_path": urlsplit(configured.hub_url).path.rstrip("/"),
        "sign_in": configured.sign_in.on,
        "persistent": configured.persistent,
        "hub_upstream": context.addresses.hub_upstream,
        "binder_upstream": context.addresses.binder_upstream,
        "closed_folder": paths.MAINTENANCE,
        "closed_page": basename(paths.MAINTENANCE_PAGE),
        "closed_answer": basename(paths.MAINTENANCE_ANSWER),
        "access_log": paths.ACCESS_LOG,
        "certificate": basename(paths.TLS_CERTIFICATE),
        "key": basename(paths.TLS_KEY),
        "root_ca": basename(paths.ACME_ROOT),
        "trusted_proxies": configured.network.trusted_proxies,
        # What a proxy in front may have changed or left out; empty for what follows from the request alone.
        "public_host": urlsplit(configured.url or "").netloc,
        "public_scheme": urlsplit(configured.base_url).scheme,
    }


def tls_files(context: Context) -> tuple[File, ...]:
    """The operator's TLS files with their paths on the host. The key is never shown."""
    texts = context.tls_files
    unit = paths.ENTRY_UNIT
    wanted = (
        File(paths.TLS_CERTIFICATE, texts.certificate, mode="600", unit=unit),
        File(paths.TLS_KEY, texts.key, mode="600", secret=True, unit=unit),
        File(paths.ACME_ROOT, texts.root_ca, mode="600", unit=unit),
    )
    return tuple(file for file in wanted if file.content)


def unwanted_paths(context: Context) -> list[str]:
    """Paths of the operator's TLS files that the section tls does not use (any more)."""
    return sorted(set(TLS_PATHS) - {file.path for file in tls_files(context)})


def service(context: Context) -> Service:
    """The Caddy service."""
    return Service(paths.ENTRY_UNIT, files(context), (binary(context),))


@step(
    "entry",
    Place("binary", paths.CADDY, BINARY, shared_name=True),
    Place("file", paths.CADDYFILE, "its settings"),
    Place("file", paths.MEND_STORAGE, "before Caddy starts: removes what is damaged of its state"),
    Place("file", paths.TLS_CERTIFICATE, "with `tls.mode: files`: your certificate"),
    Place("file", paths.TLS_KEY, "its key; open to root only, handed to Caddy by systemd"),
    Place("file", paths.ACME_ROOT, "with `tls.acme.root_ca`: the root of your own authority"),
    Place("file", paths.unit_path(paths.ENTRY_UNIT), "the service"),
    Place("file", paths.ENTRY_MANIFEST, "two Services with fixed addresses"),
    Place(
        "written",
        paths.ENTRY_STATE,
        "Caddy's own state: certificates, the account with their authority, the own authority",
        data=True,
    ),
    LOG_FOLDER,
    leaves=Leaves(
        units=(paths.ENTRY_UNIT,), passing_units=(paths.ACME_TRIAL_UNIT,), users=(paths.ENTRY_USER,)
    ),
)
def entry(context: Context) -> None:
    """Set up Services, user, log folder, binary, configuration, service; end maintenance last."""
    ensure_manifests("the services of the entry", (manifest(context),), context.namespace)
    ensure_user(name=f"Make the system user {paths.ENTRY_USER}")
    ensure_folder(
        name=f"Make {LOG_FOLDER.path}", path=LOG_FOLDER.path, mode=LOG_FOLDER.mode, owner=LOG_FOLDER.owner
    )
    ensure_verified_file(name=titled("Install Caddy", binary(context)), wanted=binary(context))
    for path in unwanted_paths(context):
        ensure_no_file(name=f"Remove {path}", path=path)
    for file in tls_files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    if wanted := trial(context):
        ensure_trial(name=f"Try {wanted.directory} for certificates", wanted=wanted)
    for file in own_files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_service(name="Start the entry", service=service(context))
    reopen(context)


@operation()
def ensure_user() -> Generator[StringCommand, None, None]:
    """Create a system user that cannot log in; no home folder is created."""
    seen = look(host)
    if paths.ENTRY_USER in seen.users():
        return
    shell = "--shell /usr/sbin/nologin --no-create-home"
    yield StringCommand(
        f"useradd --system --user-group {shell} --home-dir {paths.ENTRY_STATE} {paths.ENTRY_USER}"
    )
    seen.forget("users")
