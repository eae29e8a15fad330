"""Find the host file for a HOST argument.

lab                     NAME: lab.yaml in the inventories folder
hosts/lab.yaml          FILE: a path that ends in .yaml or .yml
root@203.0.113.7:2222   user@address[:port]: a file in the inventories folder, created when missing
"""

import difflib
import re
import shlex
from pathlib import Path

from binder_singlenode.base import folders
from binder_singlenode.base.ip import as_ip, in_brackets
from binder_singlenode.config import new_file, reader
from binder_singlenode.config.model.addresses import ALIAS_PATTERN, show
from binder_singlenode.config.model.host import Host
from binder_singlenode.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}", re.ASCII)
SUFFIXES = (".yaml", ".yml")
# NAME.lock.yaml, in the same folder as NAME.yaml, is a lock file and not a host file.
_LOCK = ".lock"


def inventories_dir() -> Path:
    """./inventories when it exists, else the folder `inventories` in config_dir(). It is not created here."""
    here = Path("inventories")
    return here if here.is_dir() else folders.config_dir(create=False) / "inventories"


def names(inventories: Path) -> list[str]:
    """The names of the hosts in a folder, sorted; empty when the folder does not exist."""
    found = {path.stem for path in inventories.glob("*") if path.suffix in SUFFIXES and path.is_file()}
    return sorted(name for name in found if _NAME.fullmatch(name) and not name.endswith(_LOCK))


def argument(host: Host) -> str:
    """The HOST argument for this host, quoted for the shell: its name if find() accepts it, else its path;
    user@address if its file is not made yet."""
    path = host.file
    if path is None:
        return host.address
    if not path.exists():
        return shlex.quote(new_file.target_of(host))
    known = (inventories_dir().resolve(), folders.vm_hosts_dir().resolve())
    return shlex.quote(path.stem if path.parent in known else str(path))


def resolve(target: str, inventories: Path) -> Host:
    """Load the host file that find() returns for `target`."""
    return reader.load(find(target, inventories))


def planned(target: str, inventories: Path) -> Host:
    """Like resolve(), but the file of a new user@address is not made yet (see new_file.keep)."""
    if "@" in target and not target.endswith(SUFFIXES):
        return new_file.planned(target, inventories)
    return resolve(target, inventories)


def find(target: str, inventories: Path, *, annotated: bool = False) -> Path:
    """The host file for `target`; for user@address it is created when missing, `annotated`: with every field.

    Raises ConfigError: no such host, an invalid name, or a file with another address, user or port.
    """
    if target.endswith(SUFFIXES):
        return _by_path(target, inventories)
    if "@" in target:
        return new_file.file_of(target, inventories, annotated=annotated)
    name = new_file.stem(target)
    if not _NAME.fullmatch(name) or name.endswith(_LOCK):
        raise ConfigError(
            f"no host file or address called {show(target)}",
            hint="give a name in the inventories folder, a path that ends in .yaml, or user@address",
        )
    found = [path for path in (inventories / (name + suffix) for suffix in SUFFIXES) if path.is_file()]
    if len(found) > 1:
        raise ConfigError(
            f"{show(name)} is two files: {found[0]} and {found[1]}", hint="delete one, or give its path"
        )
    if found:
        return found[0]
    raise ConfigError(f"there is no host {show(target)} in {inventories}", hint=_other(target, inventories))


def _by_path(target: str, inventories: Path) -> Path:
    """The path itself, or a file of this name in the inventories folder when only that one exists."""
    here, there = Path(target), inventories / target
    return there if "/" not in target and not here.exists() and there.exists() else here


def _other(target: str, inventories: Path) -> str:
    """Hint for an unknown name: a similar name or the known names."""
    known = names(inventories)
    # a similar address is another machine, not a typing error
    close = [] if as_ip(target) else difflib.get_close_matches(target, known, n=1)
    hint = f'did you mean "{close[0]}"?' if close else f"known: {', '.join(known) or 'none yet'}"
    if as_ip(target) or re.fullmatch(ALIAS_PATTERN, target):
        hint += f"; for a new host: root@{in_brackets(target)}"
    return hint
