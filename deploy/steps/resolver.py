"""The resolver of pods and builds: the host's name servers, without its search domains (docs/adr/1511)."""

from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations.files import File, ensure_file, is_as_wanted
from binder_singlenode.deploy.operations.services import Service, ensure_service
from binder_singlenode.deploy.step import Leaves, Place, step
from binder_singlenode.layout import paths
from binder_singlenode.preflight.queries.resolver import find_values

WATCHED = (
    "/etc/resolv.conf",
    "/run/systemd/resolve/resolv.conf",
    "/run/NetworkManager/no-stub-resolv.conf",
    "/run/NetworkManager/resolv.conf",
    "/run/dnsmasq/resolv.conf",
    paths.POD_RESOLV_CONF,
)
"""What programs rewrite when the host's name servers change; and our own file, which a hand may change."""


def script(context: Context) -> File:
    """Finds the name servers and writes the file that k3s gets."""
    values = {"file": paths.POD_RESOLV_CONF, "k3s": paths.K3S, **find_values(context.host)}
    return File(
        paths.RESOLVER, render("resolver/resolver.sh.j2", **values), mode="700", unit=paths.RESOLVER_UNIT
    )


def files(context: Context) -> tuple[File, ...]:
    """The script, the service that runs it, and the unit that starts the service."""
    unit = paths.RESOLVER_UNIT
    run = render("resolver/binder-resolver.service.j2", script=paths.RESOLVER)
    watch = render("resolver/binder-resolver.path.j2", watched=WATCHED)
    return (
        script(context),
        File(paths.unit_path(paths.RESOLVER_SERVICE), run, unit=unit),
        File(paths.unit_path(unit), watch, unit=unit),
    )


def service(context: Context) -> Service:
    """The unit that watches the host's files."""
    return Service(paths.RESOLVER_UNIT, files(context))


@step(
    "resolver",
    Place("file", paths.RESOLVER, "finds the host's name servers, and writes the next one"),
    Place("written", paths.POD_RESOLV_CONF, "the resolver of pods and builds: no search domain of the host"),
    Place("file", paths.unit_path(paths.RESOLVER_SERVICE), "runs the script"),
    Place("file", paths.unit_path(paths.RESOLVER_UNIT), "when the host's name servers change"),
    leaves=Leaves(units=(paths.RESOLVER_UNIT,), passing_units=(paths.RESOLVER_SERVICE,)),
)
def resolver(context: Context) -> None:
    """Before k3s, whose kubelet reads the file for each new pod."""
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_name_servers(name="Give pods the host's name servers", script=script(context))
    ensure_service(name="Watch the host's name servers", service=service(context))


@operation()
def ensure_name_servers(script: File) -> Generator[StringCommand, None, None]:
    """Write the file, unless it is as the script would write it."""
    seen = look(host)
    if seen.resolver() and is_as_wanted(seen, script):
        return
    yield StringCommand(f"sh {paths.RESOLVER} write")
    seen.forget("resolver")
