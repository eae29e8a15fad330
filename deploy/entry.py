"""Step 8: the entry: Caddy on the host, in front of two Services with fixed addresses."""

from collections.abc import Generator
from posixpath import basename
from urllib.parse import urlsplit

from pyinfra.api.command import StringCommand
from pyinfra.api.deploy import deploy
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.deploy import paths
from binder_singlenode.deploy.binaries import Installed, ensure_verified_file, titled
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.files import File, ensure_file, ensure_folder
from binder_singlenode.deploy.look import look
from binder_singlenode.deploy.services import Service, ensure_service
from binder_singlenode.network import ENTRY_PORT
from binder_singlenode.render import render


def binary(context: Context) -> Installed:
    """The Caddy binary."""
    return Installed(paths.CADDY, context.release.caddy, unit=paths.ENTRY_UNIT)


def manifest(context: Context) -> File:
    """The two Services."""
    addresses = context.addresses
    text = render(
        "cluster/entry.yaml.j2",
        namespace=context.namespace,
        binder_address=addresses.binder,
        hub_address=addresses.hub,
        port=ENTRY_PORT,
    )
    return File(paths.ENTRY_MANIFEST, text, mode="600")


def files(context: Context) -> tuple[File, ...]:
    """What Caddy is started with."""
    unit = paths.ENTRY_UNIT
    caddyfile = render(
        "host/Caddyfile.j2",
        access_log=paths.ACCESS_LOG,
        hub_path=urlsplit(context.host.hub_url).path.rstrip("/"),
        hub_upstream=context.addresses.hub_upstream,
        binder_upstream=context.addresses.binder_upstream,
    )
    service = render(
        "host/binder-entry.service.j2",
        user=paths.ENTRY_USER,
        caddy=paths.CADDY,
        caddyfile=paths.CADDYFILE,
        state=paths.ENTRY_STATE,
        state_name=basename(paths.ENTRY_STATE),
        log=paths.LOG,
    )
    return (
        File(paths.CADDYFILE, caddyfile, unit=unit),
        File(paths.unit_path(unit), service, unit=unit),
    )


@deploy("entry")
def entry(context: Context) -> None:
    """Services, user, log folder, binary, configuration, service."""
    services = manifest(context)
    ensure_file(name=f"Write {services.path}", file=services)
    ensure_user(name=f"Make the system user {paths.ENTRY_USER}")
    # Sticky: the entry rotates its own log here, and can touch nobody else's.
    ensure_folder(name=f"Make {paths.LOG}", path=paths.LOG, mode="1770", owner=f"root:{paths.ENTRY_USER}")
    ensure_verified_file(name=titled("Install Caddy", binary(context)), wanted=binary(context))
    wanted = files(context)
    for file in wanted:
        ensure_file(name=f"Write {file.path}", file=file)
    service = Service(paths.ENTRY_UNIT, wanted, (binary(context),))
    ensure_service(name="Start the entry", service=service)


@operation()
def ensure_user() -> Generator[StringCommand, None, None]:
    """A user that owns nothing and cannot log in."""
    seen = look(host)
    if paths.ENTRY_USER in seen.users():
        return
    shell = "--shell /usr/sbin/nologin --no-create-home"
    yield StringCommand(
        f"useradd --system --user-group {shell} --home-dir {paths.ENTRY_STATE} {paths.ENTRY_USER}"
    )
    seen.forget("users")
