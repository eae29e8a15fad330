"""binder-singlenode's folders on the operator's computer (XDG base directories).

    state_dir()    $XDG_STATE_HOME/binder-singlenode    known hosts, ssh sockets, VMs, logs of runs
    cache_dir()    $XDG_CACHE_HOME/binder-singlenode    files that can be downloaded or built again
    config_dir()   $XDG_CONFIG_HOME/binder-singlenode   host files, when there is no ./inventories

All have mode 0700, because keys of throwaway VMs and host files are private.
"""

import os
from pathlib import Path

from binder_singlenode.errors import ConfigError

_NAME = "binder-singlenode"


def state_dir() -> Path:
    """The state folder, created when missing. Raises ConfigError when it cannot be used."""
    return _made("XDG_STATE_HOME", ".local/state")


def cache_dir() -> Path:
    """The cache folder, created when missing. Raises ConfigError."""
    return _made("XDG_CACHE_HOME", ".cache")


def config_dir(*, create: bool = True) -> Path:
    """The folder for host files, created when missing unless `create=False`. Raises ConfigError."""
    return _made("XDG_CONFIG_HOME", ".config") if create else config_home() / _NAME


def vm_hosts_dir() -> Path:
    """The folder for host files of throwaway VMs; not created here. Raises ConfigError."""
    return state_dir() / "hosts"


def config_home() -> Path:
    """The user's configuration folder for all programs. Raises ConfigError."""
    return _base("XDG_CONFIG_HOME", ".config")


def _base(variable: str, default: str) -> Path:
    # The XDG specification: a relative path in the variable is invalid and must be ignored.
    base = Path(os.environ.get(variable, ""))
    if base.is_absolute():
        return base
    try:
        return Path.home() / default
    except RuntimeError as error:
        raise ConfigError(
            "this user has no home folder", hint=f"set HOME, or {variable} to an absolute path"
        ) from error


def _made(variable: str, default: str) -> Path:
    """binder-singlenode's folder below $variable: created when missing, owned by this user, mode 0700."""
    folder = _base(variable, default) / _NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
        if status.st_uid == os.geteuid() and status.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise ConfigError(
            f"cannot use this folder: {error.strerror}",
            where=str(folder),
            hint=f"set {variable} to a writable folder",
        ) from error
    if status.st_uid != os.geteuid():
        raise ConfigError(
            f"this folder belongs to another user (uid {status.st_uid})",
            where=str(folder),
            hint=f"set {variable} to a writable folder of your own",
        )
    return folder
