"""Decrypt age files (age-encryption.org) with the operator's identity.

The identity is read from the usual places of age and sops: the file that $BINDER_AGE_IDENTITY or
$SOPS_AGE_KEY_FILE names, else age/keys.txt and sops/age/keys.txt in the configuration folder (XDG). A file
contains age identities (AGE-SECRET-KEY-1…, one or more) or an ssh key without a passphrase.
"""

import os
from pathlib import Path
from typing import Any

from binder_singlenode.base.folders import config_home
from binder_singlenode.config.model.addresses import FieldError
from binder_singlenode.config.model.local_files import check_file, check_private
from binder_singlenode.errors import ConfigError

VARIABLES = ("BINDER_AGE_IDENTITY", "SOPS_AGE_KEY_FILE")
FILES = ("age/keys.txt", "sops/age/keys.txt")
SIZE_MAX_BYTES = 64 * 1024
_PREFIX = "AGE-SECRET-KEY-1"


def decrypt(path: Path) -> bytes:
    """The contents of an age file, binary or armored. Raises ConfigError."""
    import pyrage

    identities = [identity for file in _identity_files() for identity in _identities(file)]
    data = _read(path)
    try:
        return bytes(pyrage.decrypt(data, identities))
    except pyrage.DecryptError as error:
        raise ConfigError(
            f"{path} cannot be decrypted: {error}",
            hint="is it an age file, and for one of your identities? Encrypt it again: age -r age1… -o FILE",
        ) from None


def _identity_files() -> list[Path]:
    """The file that a variable names, else the existing files in the usual places."""
    for variable in VARIABLES:
        if os.environ.get(variable):
            return [Path(os.environ[variable]).expanduser()]
    folder = config_home()
    found = [folder / name for name in FILES if (folder / name).is_file()]
    if not found:
        raise ConfigError(
            f"there is no age identity: neither {' nor '.join(str(folder / name) for name in FILES)}",
            hint=f"make one: age-keygen -o {folder / FILES[0]}, or name a file in {VARIABLES[0]}",
        )
    return found


def _identities(path: Path) -> list[Any]:
    """The identities in one file. No message quotes a line of the file."""
    from pyrage import IdentityError, ssh

    try:
        check_private(path)
    except FieldError as error:
        raise ConfigError(f"the age identity {error.message}", hint=error.hint) from None
    data = _read(path)
    if b"PRIVATE KEY" in data:
        try:
            return [ssh.Identity.from_buffer(data)]
        except IdentityError:
            raise ConfigError(
                f"the ssh key {path} cannot be used as an age identity",
                hint="ed25519 and RSA keys without a passphrase can; or make one: age-keygen",
            ) from None
    return [_identity(line, path, number) for number, line in _lines(data)]


def _lines(data: bytes) -> list[tuple[int, str]]:
    lines = enumerate(data.decode("utf-8", "replace").splitlines(), start=1)
    return [(number, line.strip()) for number, line in lines if line.strip() and not line.startswith("#")]


def _identity(line: str, path: Path, number: int) -> Any:
    from pyrage import IdentityError, x25519

    try:
        return x25519.Identity.from_str(line)
    except IdentityError:
        raise ConfigError(
            f"{path}:{number}: this is not an age identity (it is not shown)",
            hint=f"a line begins with {_PREFIX} or #; identities of plugins cannot be used",
        ) from None


def _read(path: Path) -> bytes:
    try:
        check_file(path)
        with path.open("rb") as file:
            return file.read(SIZE_MAX_BYTES)
    except FieldError as error:
        raise ConfigError(error.message, hint=error.hint) from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", hint="check its owner and mode") from None
