"""From what a person types to a host file.

lab                     NAME: lab.yaml in the inventories folder
hosts/lab.yaml          FILE: a path that ends in .yaml or .yml
root@203.0.113.7:2222   user@address[:port]: a file in the inventories folder, written when missing
"""

import difflib
import re
from pathlib import Path

from binder_singlenode import state
from binder_singlenode.config import files, reader
from binder_singlenode.config.address import FieldError, SshAddress, as_ip, parse_ssh_address, show
from binder_singlenode.config.model import Host, Ssh
from binder_singlenode.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,250}", re.ASCII)
_SUFFIXES = (".yaml", ".yml")
# Lock files stand beside host files and are no host files.
_LOCK = ".lock"

_NEW_FILE = """\
# {what}: written by binder-singlenode at the first contact; yours to edit from now on.
# All fields with their meaning: inventories/example.yaml, or the command `binder-singlenode schema`.
apiVersion: binder/v1
address: "{address}"
ssh:
  user: "{user}"
"""


def inventories_dir() -> Path:
    """./inventories when it exists, else the folder `inventories` of config_dir(). It is not made here."""
    here = Path("inventories")
    return here if here.is_dir() else state.config_dir(create=False) / "inventories"


def names(inventories: Path) -> list[str]:
    """The names of the hosts in a folder, sorted; none when there is no folder."""
    found = {path.stem for path in inventories.glob("*") if path.suffix in _SUFFIXES and path.is_file()}
    return sorted(name for name in found if _NAME.fullmatch(name) and not name.endswith(_LOCK))


def resolve(target: str, inventories: Path) -> Host:
    """The host that `target` means; see find()."""
    return reader.load(find(target, inventories))


def find(target: str, inventories: Path) -> Path:
    """The host file that `target` means; for user@address it is written when missing.

    Raises ConfigError: no such host, a name that cannot be one, or a file that says something else.
    """
    if "@" in target:
        return _file_of(_parse(target), target, inventories)
    if target.endswith(_SUFFIXES):
        return Path(target)
    if not _NAME.fullmatch(target) or target.endswith(_LOCK):
        raise ConfigError(
            f"{show(target)} is not a host",
            hint="give a name in the inventories folder, a path that ends in .yaml, or user@address",
        )
    return _by_name(target, inventories)


def _by_name(name: str, inventories: Path) -> Path:
    for suffix in _SUFFIXES:
        path = inventories / (name + suffix)
        if path.is_file():
            return path
    known = names(inventories)
    close = difflib.get_close_matches(name, known, n=1)
    hint = f'did you mean "{close[0]}"?' if close else f"known: {', '.join(known) or 'none yet'}"
    raise ConfigError(
        f"there is no host {show(name)} in {inventories}", hint=f"{hint}; a new one: root@{_as_typed(name)}"
    )


def _parse(target: str) -> SshAddress:
    try:
        return parse_ssh_address(target)
    except FieldError as error:
        raise ConfigError(f"{show(target)} is not user@address: {error.message}", hint=error.hint) from None


def _file_of(ssh: SshAddress, target: str, inventories: Path) -> Path:
    """The file of an address, kept as it is when there is one and it means the same machine and user."""
    assert ssh.user is not None
    stem = ssh.address.replace(":", "_") + ("" if ssh.port in (None, 22) else f"-{ssh.port}")
    path = next((p for p in (inventories / (stem + s) for s in _SUFFIXES) if p.exists()), None)
    if path is None:
        path = inventories / (stem + _SUFFIXES[0])
        _write(path, ssh, target)
    _must_agree(path, ssh, target)
    return path


def _write(path: Path, ssh: SshAddress, target: str) -> None:
    wanted = Host(address=ssh.address, ssh=Ssh(user=ssh.user or "root", port=ssh.port or 22))
    text = _NEW_FILE.format(what=target, address=wanted.address, user=wanted.ssh.user)
    if wanted.ssh.port != 22:
        text += f"  port: {wanted.ssh.port}\n"
    if (path.parent / "schema.json").is_file():
        text = "# yaml-language-server: $schema=schema.json\n" + text
    reader.loads(text, str(path))  # what is written can be read back
    _make_folder(path.parent)
    files.create(path, text)  # False: another run was faster, and its file is judged as any other


def _make_folder(folder: Path) -> None:
    if folder.parent == state.config_dir(create=False):
        state.config_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"cannot be made: {error.strerror}",
            where=str(folder),
            hint="check the owner and mode of its parent",
        ) from error


def _must_agree(path: Path, ssh: SshAddress, target: str) -> None:
    """Refuses a file that leads to another machine or user than the target says."""
    host = reader.load(path)
    differences = [
        f"{field} {there} (not {here})"
        for field, here, there in (
            ("address", ssh.address, host.address),
            ("ssh.user", ssh.user, host.ssh.user),
            ("ssh.port", ssh.port or 22, host.ssh.port),
        )
        if str(here).lower() != str(there).lower()
    ]
    if differences:
        raise ConfigError(
            f"{show(target)} has a host file, and it says {', '.join(differences)}",
            where=str(path),
            hint=f"edit the file, or use it as it is: {path.stem}",
        )


def _as_typed(name: str) -> str:
    return f"[{name}]" if as_ip(name) and ":" in name else name
