"""Files and folders: written whole, atomically, with their final mode from the first byte."""

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
    """One text file as it should be. `unit` is the service that must restart when it changes."""

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
    """Content, mode, owner and kind all agree."""
    there = seen.files().get(file.path)
    return there is not None and (
        (there.sha256, there.mode, there.owner) == (file.sha256, file.mode, file.owner)
        and there.kind.startswith("regular")
    )


def write_script(file: File) -> str:
    """Shell that reads the content from stdin: a new file beside the old one, then renamed over it.

    The note of the service that reads it goes first: killed in between, the next run restarts the service
    once too often rather than never. The umask makes the new file 0600 before a byte is in it.
    """
    path, new = shlex.quote(file.path), shlex.quote(f"{file.path}.binder-new")
    forget = f"rm -f {shlex.quote(paths.stamp_path(file.unit))} && " if file.unit else ""
    return (
        f"{forget}umask 022 && mkdir -p {shlex.quote(dirname(file.path))} && umask 077 && cat > {new}"
        f" && chown {file.owner} {new} && chmod {file.mode} {new} && mv -fT {new} {path}"
    )


@operation()
def ensure_file(file: File) -> Generator[StringCommand, None, None]:
    """Make one file what it should be; nothing when it is."""
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
    """Remove one file that is no longer wanted; what read it is restarted for what replaces it."""
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
    yield f"mkdir -p -m {mode} {quoted} && chown {owner} {quoted} && chmod {mode} {quoted}"
    seen.forget_file(path)


def sha256_of_notes(*parts: str) -> str:
    """One digest over several, in order."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
