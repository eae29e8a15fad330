"""Checks of the ssh key and ssh_config that the host file names."""

from pathlib import Path

from binder_singlenode.config.model import local_files
from binder_singlenode.config.model.addresses import FieldError, show

# These have a special meaning in a quoted path of ssh_config; a newline would begin another option.
_UNSAFE = frozenset('"%$\\')
# A private key is a few kB; reading more than its first line is never needed.
_HEAD_BYTES = 4096


def absolute(text: str, folder: Path | None) -> Path:
    """`text` with ~ expanded; a relative path starts at `folder`, the host file's folder."""
    if not text or not text.isprintable() or _UNSAFE & set(text):
        raise FieldError(
            f"{show(text)} cannot be written to ssh_config",
            hint='a path without " % $ \\ and control characters',
        )
    return local_files.expanded(text, folder)


def check_readable(path: Path) -> None:
    """Raises FieldError unless `path` is a regular file that this user can read."""
    local_files.check_file(path, missing_hint=_beside)
    local_files.check_access(path)


def check_key(path: Path) -> None:
    """Raises FieldError unless `path` is a private key that ssh would use."""
    check_readable(path)
    # OpenSSH ignores a key that others can access, and its warning is easily overlooked.
    local_files.check_mode(path, ", so ssh refuses it")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(b"PuTTY-User-Key-File"):
        raise FieldError(
            f"{local_files.shown(path)} is a key of PuTTY", hint="use puttygen KEY -O private-openssh -o NEW"
        )
    if b"PRIVATE KEY" not in head:
        raise FieldError(f"{local_files.shown(path)} is not a private key", hint=_public_hint(path))


def _public_hint(path: Path) -> str:
    if path.suffix == ".pub":
        return f"this is the public half: give {path.with_suffix('')}, or leave key out to use ssh-agent"
    return "give the private key, or leave key out to use ssh-agent"


def _beside(path: Path) -> str:
    """Hint with the private keys (those with a .pub file) in the same folder as the missing key, if any."""
    try:
        found = sorted(p.with_suffix("") for p in path.parent.glob("*.pub") if p.with_suffix("").is_file())
    except OSError:
        found = []
    if found:
        return "there is " + ", ".join(str(p) for p in found[:3])
    return "leave the line out to use ssh-agent and ssh_config, or make the file: ssh-keygen -t ed25519"
