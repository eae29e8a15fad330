"""Enable and start services; restart a service only if files that it reads have changed since its start.

The note installed/<unit> holds the digest of all files that the service was last started with. It is removed
before any of these files is written, and written again after the restart. A run that was killed in between
leaves no note, so the next run restarts the service.
"""

import shlex
from collections.abc import Callable, Generator
from dataclasses import dataclass
from posixpath import basename

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.deploy.facts.host_state import Look, look
from binder_singlenode.deploy.operations.binaries import Installed, is_installed
from binder_singlenode.deploy.operations.files import File, is_as_wanted, sha256_of_notes
from binder_singlenode.layout import paths
from binder_singlenode.layout.drop_ins import MOVED, DropIn

DAEMON_RELOAD = "systemctl daemon-reload"


@dataclass(frozen=True)
class Service:
    """One unit of binder-singlenode, with the files and binaries that it reads when it starts."""

    unit: str
    files: tuple[File, ...]
    binaries: tuple[Installed, ...] = ()
    start_limit_s: int = 120
    works: Callable[[Look], bool] = lambda seen: True
    """Checks the real effect of a unit that can be "active" without effect."""

    @property
    def digest(self) -> str:
        """Digest of all files and binaries that the service reads when it starts."""
        binaries = (binary.artifact.sha256 for binary in self.binaries)
        return sha256_of_notes(*(file.sha256 for file in self.files), *binaries)


def ensure_service(name: str, service: Service) -> None:
    """Add the operation; its name has what somebody has changed and is taken back."""
    found = "; ".join(f"{each}; it is moved aside" for each in _overrides(look(host), service))
    ensure_running(name=f"{name} ({found})" if found else name, service=service)


@operation()
def ensure_running(service: Service) -> Generator[StringCommand, None, None]:
    """Unmask and enable the unit; start it if it is down, restart it if it runs with older files.

    A file of somebody that changes what the unit does is moved aside, not deleted (layout/drop_ins.py).
    """
    seen = look(host)
    wanted = steps(seen, service)
    if not wanted:
        return
    yield StringCommand(" && ".join(wanted))
    seen.forget("units", "stamps", "firewall", "homes", "drop_ins")


def _overrides(seen: Look, service: Service) -> tuple[DropIn, ...]:
    units = {service.unit, *(basename(file.path) for file in service.files)}
    return tuple(each for each in seen.drop_ins() if each.unit in units and each.decisive)


def steps(seen: Look, service: Service) -> list[str]:
    """Shell commands in order; none if nothing must change."""
    state = seen.units().get(service.unit)
    unit = shlex.quote(service.unit)
    active = state is not None and state.active == "active"
    overrides = _overrides(seen, service)
    found = [_move_aside(service, each) for each in overrides]
    if state is not None and state.enabled.startswith("masked"):
        found += [f"systemctl unmask --quiet {unit}", f"systemctl unmask --runtime --quiet {unit}"]
    if state is None or state.enabled != "enabled":
        found += [DAEMON_RELOAD, f"systemctl enable --quiet {unit}"]
    if overrides or not _current(seen, service) or (active and not service.works(seen)):
        found += [DAEMON_RELOAD, start("restart", service), note(service)]
    elif not active:
        found += [start("start", service), note(service)]
    return list(dict.fromkeys(found))


def _move_aside(service: Service, found: DropIn) -> str:
    """The note goes first: a run that is killed after this restarts the service the next time."""
    path = shlex.quote(found.path)
    return f"rm -f {shlex.quote(paths.stamp_path(service.unit))} && mv -f {path} {path}{MOVED}"


def _current(seen: Look, service: Service) -> bool:
    noted = seen.stamps().get(service.unit) == service.digest
    # In the plan the note still exists, so the files are compared too: one that will be written differs.
    files = all(is_as_wanted(seen, file) for file in service.files)
    return noted and files and all(is_installed(seen, binary) for binary in service.binaries)


def start(verb: str, service: Service) -> str:
    """systemd waits until Type=notify units are ready; on failure the last log lines are printed."""
    unit = shlex.quote(service.unit)
    limit = service.start_limit_s
    why = (
        f"{{ code=$?; echo '{service.unit} did not start (limit: {limit} s); its last log lines:' >&2;"
        f" journalctl -u {unit} -n 30 --no-pager -o cat >&2; exit $code; }}"
    )
    return (
        f"{{ systemctl reset-failed {unit} 2>/dev/null; timeout {limit} systemctl {verb} {unit} || {why}; }}"
    )


def note(service: Service) -> str:
    """Shell that notes with which files the service was started."""
    return write_note(service.unit, service.digest)


def write_note(name: str, text: str) -> str:
    """Shell that writes one note atomically."""
    path = shlex.quote(paths.stamp_path(name))
    return f"echo {shlex.quote(text)} > {path}.new && mv -f {path}.new {path}"
