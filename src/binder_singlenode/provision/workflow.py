"""Code shared by `check`, `plan`, `up` and `down`: from a target to a plan. It does not use typer.

    validate (host file, bundle or lock) → connect → preflight → size → values → plan → apply → verify

Nothing before `apply` changes the host, except the run lock and the audit log of `up` and `down`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from binder_singlenode.base.units import human_bytes
from binder_singlenode.binderhub import account as binderhub_account
from binder_singlenode.binderhub import trusted_roots
from binder_singlenode.deploy import context
from binder_singlenode.deploy.context import Context
from binder_singlenode.health.expectations import DEFAULT_LAUNCH_TIMEOUT_S
from binder_singlenode.layout import paths
from binder_singlenode.preflight import judge
from binder_singlenode.provision import connection as provision_connection
from binder_singlenode.provision.connection import Connection
from binder_singlenode.provision.targets import Target
from binder_singlenode.releases import bundle, lock_file, resolve, versions
from binder_singlenode.releases.versions import Release
from binder_singlenode.ssh import login
from binder_singlenode.ssh.login import Asking
from binder_singlenode.ssh.session import Session

if TYPE_CHECKING:
    from binder_singlenode.health.verify import Progress, Report
    from binder_singlenode.sizing.size import Sizing

Say = Callable[[str], None]


@dataclass(frozen=True)
class Opened:
    """A host with an open connection."""

    target: Target
    session: Session
    connection: Connection


@contextmanager
def opened(target: Target, asking: Asking) -> Iterator[Opened]:
    """Connect; at first contact, confirm the host key. Raises ConnectError."""
    session = login.open_access(target.host, asking)
    with provision_connection.connect(session) as connection:
        yield Opened(target, session, connection)


def release_for(target: Target, folder: Path | None, arch: str, upgrade: bool = False) -> Release:
    """The files to install, each verified: from the bundle, from the lock file, or with `upgrade` as pinned
    by binder-singlenode (the lock file is unchanged until `keep`). Raises BundleError."""
    if folder:
        return bundle.load(folder, arch)
    return resolve.resolve(arch) if upgrade else lock_file.load_or_resolve(target.path, arch)


def moves(target: Target, arch: str) -> list[str]:
    """Version changes of an upgrade, one line each: from the lock file to the pins of binder-singlenode."""
    path = lock_file.lock_path(target.path)
    locked = lock_file.load(path, arch) if path.exists() else None
    if locked is None or versions.is_older(versions.K3S, than=locked.k3s.version):
        return []  # nothing to upgrade, or a lock file of a newer binder-singlenode
    return versions.moves(versions.of(locked), versions.pinned())


def keep(target: Target, release: Release) -> None:
    """Write the lock file: from now on the host has the versions of `release`."""
    lock_file.save(release, lock_file.lock_path(target.path))


def judged(work: Opened, release: Release | None, say: Say) -> None:
    """Run preflight; print warnings. Raises PreflightError naming every fatal problem with its remedy."""
    problems = work.connection.preflight(release)
    for problem in problems:
        if not problem.fatal:
            say(f"warning: {problem.what} ({problem.where}): {problem.remedy}")
    judge.raise_if_fatal(problems, work.target.host)


def learn_root(work: Opened) -> None:
    """With tls mode own-ca: fetch the host's root certificate, and trust it on this computer."""
    if work.target.host.tls.mode == "own-ca":
        trusted_roots.keep(work.target.host, work.connection.run(f"cat {paths.OWN_CA_ROOT}"))


def account(session: Session) -> str:
    """With sign-in: a token for launches, which needs root on the host. Raises LaunchError."""
    host = session.host
    with provision_connection.connect(session) as connection:
        secret = connection.run(binderhub_account.secret_script(host.release.namespace))
    return binderhub_account.token(host.hub_url, secret.strip())


def context_for(work: Opened, release: Release) -> Context:
    """The steps' context, for the current machine. Raises SizingError; ConfigError for a missing secret."""
    return context.make(work.target.host, work.connection.machine(), release)


def proved(
    work: Opened,
    sized: Sizing,
    progress: Progress,
    repo: str | None = None,
    ref: str | None = None,
    launch_timeout_s: float = DEFAULT_LAUNCH_TIMEOUT_S,
    *,
    promises: bool = False,
) -> Report:
    """Run the checks, with two launches of `repo` if it is given; `progress` gets each result at once."""
    from binder_singlenode.health import verify as checks

    learn_root(work)
    expected = checks.expectations(work.target.host, sized, repo, ref, launch_timeout_s)
    return checks.run(
        expected,
        work.session,
        progress,
        parts=(*checks.PARTS, checks.PROMISES) if promises else checks.PARTS,
        timeout_s=checks.limit_s(expected, promises=promises),
    )


def tell_of_standins(release: Release, bundle: Path | None, say: Say) -> None:
    """Warn if the bundle contains test stand-ins, so that nobody uses them in production."""
    if release.standin:
        say(f"{bundle} contains test stand-ins, not k3s and BinderHub; do not serve users with it")


def prepared(work: Opened, bundle: Path | None, upgrade: bool, say: Say) -> Context:
    """Check release, preflight and size before the host is changed. Returns the steps' context."""
    release = release_for(work.target, bundle, work.connection.arch(), upgrade)
    tell_of_standins(release, bundle, say)
    if not bundle and (moved := moves(work.target, release.arch)):
        say(("upgrade: " if upgrade else "newer versions, for up --upgrade: ") + ", ".join(moved))
    judged(work, release, say)
    wanted = context_for(work, release)
    sized, machine = wanted.sizing, wanted.sizing.machine
    say(
        f"{work.target.name}: {human_bytes(machine.memory_bytes)} of memory, {machine.cpus} CPUs; holds"
        f" {sized.sessions.quota} sessions at a time, {sized.builds.concurrent} build(s)"
    )
    return wanted
