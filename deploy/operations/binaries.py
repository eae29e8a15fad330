"""Binaries and images: stage, verify, then install, so that no unverified file is ever in place."""

import hashlib
import shlex
import tarfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from posixpath import basename, dirname

from pyinfra.api.command import FileUploadCommand, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.base.folders import cache_dir
from binder_singlenode.base.invocation import once
from binder_singlenode.deploy.facts.host_state import Look, look
from binder_singlenode.deploy.operations import proxy
from binder_singlenode.errors import BundleError
from binder_singlenode.layout import paths
from binder_singlenode.releases.versions import Artifact

DOWNLOAD_LIMIT_S = 1800


@dataclass(frozen=True)
class Installed:
    """A file from an artifact: its path on the host, its mode, and the service to restart when it changes."""

    path: str
    artifact: Artifact
    mode: str = "755"
    unit: str | None = None

    @property
    def note_name(self) -> str:
        """Name of the file's note in paths.INSTALLED."""
        return basename(self.path)

    @property
    def staged(self) -> str:
        """Path in the staging folder, where the file is verified."""
        return f"{paths.STAGING}/{self.note_name}"


def titled(what: str, wanted: Installed) -> str:
    """Name of an operation; it shows both versions if one replaces the other."""
    new = wanted.artifact.version
    there = look(host).stamps().get(basename(paths.version_path(wanted.note_name)), new)
    return f"{what} {new}" if there == new else f"{what} {there} → {new}"


def is_installed(seen: Look, wanted: Installed) -> bool:
    """Whether the note names this artifact, and the file has not changed since the note was written."""
    there = seen.files().get(wanted.path)
    noted = seen.stamps().get(wanted.note_name, "")
    return (
        there is not None
        and there.mode == wanted.mode
        and there.owner == "root:root"
        and noted == f"{wanted.artifact.sha256} {there.identity}"
    )


@operation()
def ensure_verified_file(wanted: Installed) -> Generator[StringCommand | FileUploadCommand, None, None]:
    """Install one file of the release, from this computer or its publisher; no-op if it is installed."""
    seen = look(host)
    if is_installed(seen, wanted):
        return
    notes = [wanted.note_name, *([wanted.unit] if wanted.unit else [])]
    removed = shlex.join(paths.stamp_path(name) for name in notes)
    yield StringCommand(f"rm -f {removed} && umask 077 && mkdir -p {paths.STAGING} {paths.INSTALLED}")
    yield from _stage(wanted)
    yield StringCommand(_install_script(wanted))
    for name in notes:
        seen.forget_stamp(name)
    seen.forget("files", "stamps")


def _stage(wanted: Installed) -> Generator[StringCommand | FileUploadCommand, None, None]:
    """Copy the file to the staging folder and verify it there, after the transfer."""
    artifact = wanted.artifact
    if artifact.path is not None:
        local = artifact.path if artifact.member is None else extracted(artifact)
        yield FileUploadCommand(str(local), wanted.staged)
        yield StringCommand(verify(wanted.staged, file_sha256(local), artifact))
    elif artifact.member is None:
        yield StringCommand(
            f"{download(artifact, wanted.staged)} && {verify(wanted.staged, artifact.sha256, artifact)}"
        )
    else:
        archive = f"{wanted.staged}.tar.gz"
        yield StringCommand(
            f"{download(artifact, archive)} && {verify(archive, artifact.sha256, artifact)}"
            f" && tar -xzOf {archive} {shlex.quote(artifact.member)} > {wanted.staged} && rm -f {archive}"
        )


def download(artifact: Artifact, destination: str) -> str:
    """Download with curl on the host, https only; an interrupted transfer starts again from the beginning."""
    options = "-fsSL --proto =https --retry 3 --retry-connrefused --connect-timeout 20"
    url = shlex.quote(artifact.url or "")
    return f"({proxy.READ}; curl {options} --max-time {DOWNLOAD_LIMIT_S} -o {destination} {url})"


def verify(path: str, sha256: str, artifact: Artifact) -> str:
    """Compare the SHA-256 on the host; if it differs, remove the file and print the artifact's name."""
    what = shlex.quote(f"{artifact.name} {artifact.version}")
    return (
        f"{{ found=$(sha256sum {path} | cut -d' ' -f1); [ \"$found\" = {sha256} ] || {{ rm -f {path};"
        f' echo {what}: SHA-256 is "$found", expected {sha256} >&2; exit 1; }}; }}'
    )


def _install_script(wanted: Installed) -> str:
    """Rename into place (a running binary must not be overwritten) and write the note."""
    staged, path = shlex.quote(wanted.staged), shlex.quote(wanted.path)
    new = f"{path}.binder-new"
    note = shlex.quote(paths.stamp_path(wanted.note_name))
    version = shlex.quote(paths.version_path(wanted.note_name))
    return (
        f"umask 022 && mkdir -p {shlex.quote(dirname(wanted.path))} && chown root:root {staged}"
        f" && chmod {wanted.mode} {staged} && sync {staged} && mv -fT {staged} {new} && mv -fT {new} {path}"
        f" && echo {shlex.quote(wanted.artifact.version)} > {version}"
        f" && echo {wanted.artifact.sha256} $(stat -c %s.%.9Y.%i {path}) > {note}.new"
        f" && mv -f {note}.new {note}"
    )


@once
def file_sha256(path: Path) -> str:
    """SHA-256 of a local file, computed once per run."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@once
def extracted(artifact: Artifact) -> Path:
    """Verify the archive, then extract its member to the local cache. Raises BundleError."""
    assert artifact.path is not None and artifact.member is not None
    if file_sha256(artifact.path) != artifact.sha256:
        raise BundleError(f"{artifact.path} has changed since it was checked", hint="Make the bundle again.")
    target = cache_dir() / "extracted" / artifact.sha256 / basename(artifact.member)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(artifact.path) as archive:
            member = archive.extractfile(artifact.member)
            if member is None:
                raise KeyError(artifact.member)
            target.write_bytes(member.read())
    except (KeyError, tarfile.TarError, OSError) as error:
        raise BundleError(f"{artifact.path}: cannot read {artifact.member}: {error}") from error
    return target
