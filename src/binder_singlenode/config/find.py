"""From what a person types to a host file.

lab                     NAME: lab.yaml in the inventories folder
hosts/lab.yaml          FILE: a path that ends in .yaml or .yml
root@203.0.113.7:2222   user@address[:port]: a file in the inventories folder, written when missing
"""

import difflib
import re
import shlex
from pathlib import Path

from binder_singlenode.base import folders
from binder_singlenode.base.ip import as_ip, in_brackets
from binder_singlenode.config import new_file, reader
from binder_singlenode.config.model.addresses import NAME_PATTERN, show
from binder_singlenode.config.model.host import Host
from binder_singlenode.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}", re.ASCII)
SUFFIXES = (".yaml", ".yml")
# Lock files stand beside host files and are no host files.
_LOCK = ".lock"


def inventories_dir() -> Path:
    """./inventories when it exists, else the folder `inventories` of config_dir(). It is not made here."""
    here = Path("inventories")
    return here if here.is_dir() else folders.config_dir(create=False) / "inventories"


def names(inventories: Path) -> list[str]:
    """The names of the hosts in a folder, sorted; none when there is no folder."""
    found = {path.stem for path in inventories.glob("*") if path.suffix in SUFFIXES and path.is_file()}
    return sorted(name for name in found if _NAME.fullmatch(name) and not name.endswith(_LOCK))


def argument(host: Host) -> str:
    """What a person types as HOST to mean this one, quoted for the shell: its name, where that finds it."""
    path = host.file
    if path is None:
        return host.address
    known = (inventories_dir().resolve(), folders.vm_hosts_dir().resolve())
    return shlex.quote(path.stem if path.parent in known else str(path))


def resolve(target: str, inventories: Path) -> Host:
    """The host that `target` means; see find()."""
    return reader.load(find(target, inventories))


def find(target: str, inventories: Path) -> Path:
    """The host file that `target` means; for user@address it is written when missing.

    Raises ConfigError: no such host, a name that cannot be one, or a file that says something else.
    """
    if target.endswith(SUFFIXES):
        return _by_path(target, inventories)
    if "@" in target:
        return new_file.file_of(target, inventories)
    name = new_file.stem(target)
    if not _NAME.fullmatch(name) or name.endswith(_LOCK):
        raise ConfigError(
            f"no host file or address called {show(target)}",
            hint="give a name in the inventories folder, a path that ends in .yaml, or user@address",
        )
    for path in (inventories / (name + suffix) for suffix in SUFFIXES):
        if path.is_file():
            return path
    raise ConfigError(f"there is no host {show(target)} in {inventories}", hint=_other(target, inventories))


def _by_path(target: str, inventories: Path) -> Path:
    """The path itself, or a file of this name in the inventories folder when there is none here."""
    here, there = Path(target), inventories / target
    return there if "/" not in target and not here.exists() and there.exists() else here


def _other(target: str, inventories: Path) -> str:
    """What to type instead."""
    known = names(inventories)
    close = difflib.get_close_matches(target, known, n=1)
    hint = f'did you mean "{close[0]}"?' if close else f"known: {', '.join(known) or 'none yet'}"
    if as_ip(target) or re.fullmatch(NAME_PATTERN, target):
        hint += f"; for a new host: root@{in_brackets(target)}"
    return hint
