"""What `check`, `plan`, `up` and `down` share: from a target to a plan. No typer here.

    validate (host file, bundle or lock) → connect → preflight → size → values → plan → apply → verify

Everything before `apply` can fail without a trace on the host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from binder_singlenode.binderhub import account as binderhub_account
from binder_singlenode.binderhub import trusted_roots
from binder_singlenode.deploy import context
from binder_singlenode.deploy.context import Context
from binder_singlenode.layout import paths
from binder_singlenode.preflight import judge
from binder_singlenode.provision import connection as provision_connection
from binder_singlenode.provision.connection import Connection
from binder_singlenode.provision.targets import Target
from binder_singlenode.releases import bundle, lock_file, resolve, versions
from binder_singlenode.releases.versions import Release
from binder_singlenode.ssh import login
from binder_singlenode.ssh.login import Asking

Say = Callable[[str], None]


@dataclass(frozen=True)
class Opened:
    """A host that answers, and as whom."""

    target: Target
    connection: Connection
    sudo_password: str | None


@contextmanager
def opened(target: Target, asking: Asking) -> Iterator[Opened]:
    """Connect, meeting the host first if need be. Raises ConnectError."""
    password = login.open_access(target.host, asking)
    with provision_connection.connect(target.host, password) as connection:
        yield Opened(target, connection, password)


def release_for(target: Target, folder: Path | None, arch: str, upgrade: bool = False) -> Release:
    """The files to install, each verified: from the bundle, as the lock file says, or, to upgrade, as this
    program pins them (the lock file stays as it is until `keep`). Raises BundleError."""
    if folder:
        return bundle.load(folder, arch)
    return resolve.resolve(arch) if upgrade else lock_file.load_or_resolve(target.path, arch)


def moves(target: Target, arch: str) -> list[str]:
    """What an upgrade moves, one line each: from the lock file's versions to those that this program pins."""
    path = lock_file.lock_path(target.path)
    locked = lock_file.load(path, arch) if path.exists() else None
    if locked is None or versions.is_older(versions.K3S, than=locked.k3s.version):
        return []  # nothing to move, or a lock file of a newer program than this one
    return versions.moves(versions.of(locked), versions.pinned())


def keep(target: Target, release: Release) -> None:
    """Write the lock file anew: from now on this is what the host has."""
    lock_file.save(release, lock_file.lock_path(target.path))


def judged(work: Opened, release: Release | None, say: Say) -> None:
    """Preflight: says the warnings. Raises PreflightError naming every fatal problem with its remedy."""
    problems = work.connection.preflight(release)
    for problem in problems:
        if not problem.fatal:
            say(f"warning: {problem.what} ({problem.where}): {problem.remedy}")
    judge.raise_if_fatal(problems, work.target.host)


def learn_root(work: Opened) -> None:
    """With an authority of the host's own: fetch its root, so that this computer believes it."""
    if work.target.host.tls.mode == "own-ca":
        trusted_roots.keep(work.target.host, work.connection.run(f"cat {paths.OWN_CA_ROOT}"))


def account(target: Target, sudo_password: str | None) -> str:
    """Where people sign in: a token to launch with, which the host's root can have. Raises LaunchError."""
    with provision_connection.connect(target.host, sudo_password) as connection:
        secret = connection.run(binderhub_account.secret_script(target.host.release.namespace))
    return binderhub_account.token(target.host.hub_url, secret.strip())


def context_for(work: Opened, release: Release) -> Context:
    """Everything of the machine as it is now. Raises SizingError; ConfigError for a missing secret."""
    return context.make(work.target.host, work.connection.machine(), release)
