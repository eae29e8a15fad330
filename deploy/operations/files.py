"""Files and folders: written atomically; nobody else can read a file before it has its final mode."""

import hashlib
import shlex
from collections.abc import Generator
from dataclasses import dataclass, field
from posixpath import dirname

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.deploy.facts.host_state import FileChange, Look, look
from binder_singlenode.layout import paths


@dataclass(frozen=True)
class File:
    """Desired state of one text file. `unit` is the service that must restart when it changes."""

    path: str
    content: str = field(repr=False)
    mode: str = "644"
    owner: str = "root:root"
    secret: bool = False
    unit: str | None = None

    @property
    def sha256(self) -> str:
        """Digest of the content."""
        return hashlib.sha256(self.content.encode()).hexdigest()


def is_as_wanted(seen: Look, file: File) -> bool:
    """Whether content, mode, owner and kind match."""
    there = seen.files().get(file.path)
    return there is not None and (
        (there.sha256, there.mode, there.owner) == (file.sha256, file.mode, file.owner)
        and there.kind.startswith("regular")
    )


def write_script(file: File) -> str:
    """Shell that writes stdin to a new file in the same folder, then renames it over the old one.

    The note of the service that reads the file is removed first. If the run is killed in between, the next
    run restarts the service once too often rather than never. The umask gives the new file mode 0600 before
    anything is written to it.
    """
    path, new = shlex.quote(file.path), shlex.quote(f"{file.path}.binder-new")
    forget = f"rm -f {shlex.quote(paths.stamp_path(file.unit))} && " if file.unit else ""
    return (
        f"{forget}umask 022 && mkdir -p {shlex.quote(dirname(file.path))} && umask 077 && cat > {new}"
        f" && chown {file.owner} {new} && chmod {file.mode} {new} && mv -fT {new} {path}"
    )


@operation()
def ensure_file(file: File) -> Generator[StringCommand, None, None]:
    """Write one file; no-op if it is already as wanted."""
    seen = look(host)
    if is_as_wanted(seen, file):
        return
    seen.changes[host.current_op_hash or ""] = FileChange(file.path, file.content, file.secret)
    yield StringCommand(write_script(file), _stdin=file.content)
    seen.forget_file(file.path)
    if file.unit:
        seen.forget_stamp(file.unit)


@operation()
def ensure_no_file(path: str) -> Generator[StringCommand, None, None]:
    """Remove one file. The service that read it restarts because of the file that replaces it."""
    seen = look(host)
    if path not in seen.files():
        return
    yield StringCommand(f"rm -f {shlex.quote(path)}")
    seen.forget_file(path)


@operation()
def ensure_folder(path: str, mode: str, owner: str = "root:root") -> Generator[str, None, None]:
    """Make one folder, with its mode and owner."""
    seen = look(host)
    there = seen.files().get(path)
    if there is not None and (there.kind, there.mode, there.owner) == ("directory", mode, owner):
        return
    quoted = shlex.quote(path)
    yield f"umask 022 && mkdir -p -m {mode} {quoted} && chown {owner} {quoted} && chmod {mode} {quoted}"
    seen.forget_file(path)


def sha256_of_notes(*parts: str) -> str:
    """SHA-256 over several texts, in order."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
