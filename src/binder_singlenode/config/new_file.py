"""The host file of a new machine from user@address[:port]: planned, and written after the first contact."""

from pathlib import Path

from binder_singlenode.base import atomic, folders
from binder_singlenode.base.ip import as_ip, in_brackets
from binder_singlenode.config import reader
from binder_singlenode.config.annotated import appendix
from binder_singlenode.config.messages import writing
from binder_singlenode.config.model.addresses import FieldError, SshAddress, parse_ssh_address, show
from binder_singlenode.config.model.host import Host
from binder_singlenode.config.yaml.splice import scalar
from binder_singlenode.errors import ConfigError

_SSH_PORT = 22
_THROWAWAY_VM = "vm"
_NEW_FILE = """\
# {what}: written by binder-singlenode at the first contact; yours to edit from now on.
# `binder-singlenode init` writes all fields with their meaning; `binder-singlenode schema` is for editors.
apiVersion: binder/v1
address: {address}
ssh:
  user: {user}
"""
_SCHEMA_LINE = "# yaml-language-server: $schema=schema.json\n"


def file_of(target: str, inventories: Path, *, annotated: bool = False) -> Path:
    """The host file for `target`, created when missing and never overwritten.

    ADDRESS.yaml, or ADDRESS-PORT.yaml when the port is not 22: several machines can share an address.
    Raises ConfigError when `target` is not user@address, or the file has another address, user or port.
    """
    ssh, path = _place(target, inventories)
    if not path.exists():
        _write(path, ssh, target, annotated=annotated)
    _must_agree(path, ssh, target)
    return path


def planned(target: str, inventories: Path) -> Host:
    """The host of `target`. A missing file is not made yet: `keep` does this. Raises ConfigError."""
    ssh, path = _place(target, inventories)
    if path.exists():
        return reader.load(file_of(target, inventories))
    host = reader.loads(_text(ssh, target), str(path))
    host._file = path.resolve()
    return host


def keep(host: Host) -> Path | None:
    """Write the file of a planned host, and return its path; None if there is nothing to write."""
    if host.file is None or host.file.exists():
        return None
    ssh = SshAddress(host.ssh.user, host.address, host.ssh.port)
    _write(host.file, ssh, target_of(host), annotated=False)
    return host.file


def target_of(host: Host) -> str:
    """user@address[:port] of a host."""
    port = "" if host.ssh.port == _SSH_PORT else f":{host.ssh.port}"
    address = in_brackets(host.address) if port else host.address
    return f"{host.ssh.user}@{address}{port}"


def _place(target: str, inventories: Path) -> tuple[SshAddress, Path]:
    ssh = _parse(target)
    name = stem(ssh.address.lower()) + ("" if ssh.port in (None, _SSH_PORT) else f"-{ssh.port}")
    if name == _THROWAWAY_VM:
        raise ConfigError(
            f"a host file for this address would be called {name}, as the throwaway VM on this computer",
            hint=f"give the whole DNS name or the IP address; or write NAME.yaml with: address: {name}",
        )
    return ssh, inventories / f"{name}.yaml"


def stem(address: str) -> str:
    """The file name for an address, without suffix. It has no colons: these cause problems in other file
    systems, rsync and make."""
    return address.replace(":", "_") if as_ip(address) else address


def _parse(target: str) -> SshAddress:
    try:
        return parse_ssh_address(target)
    except FieldError as error:
        raise ConfigError(f"{show(target)} is not user@address: {error.message}", hint=error.hint) from None


def _text(ssh: SshAddress, target: str) -> str:
    text = _NEW_FILE.format(what=target, address=scalar(ssh.address), user=scalar(ssh.user))
    if ssh.port not in (None, _SSH_PORT):
        text += f"  port: {ssh.port}\n"
    return text


def _write(path: Path, ssh: SshAddress, target: str, *, annotated: bool) -> None:
    text = _text(ssh, target) + (appendix() if annotated else "")
    reader.loads(text, str(path))  # never write a file that would be rejected when read
    _make_folder(path.parent)
    if (path.parent / "schema.json").is_file():
        text = _SCHEMA_LINE + text
    with writing.of(path):
        atomic.create(path, text)  # False: another run has created the file; the caller checks it too


def _make_folder(folder: Path) -> None:
    if folder.parent == folders.config_dir(create=False):
        folders.config_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"cannot be made: {error.strerror}",
            where=str(folder),
            hint="check the owner and mode of its parent",
        ) from error


def _must_agree(path: Path, ssh: SshAddress, target: str) -> None:
    """Raises ConfigError when the file has another address, user or port than `target`."""
    host = reader.load(path)
    pairs = (
        ("address", ssh.address.lower(), host.address.lower()),
        ("ssh.user", ssh.user, host.ssh.user),
        ("ssh.port", ssh.port or _SSH_PORT, host.ssh.port),
    )
    differences = [f"{field} {there} (not {here})" for field, here, there in pairs if here != there]
    if differences:
        raise ConfigError(
            f"{show(target)} has a host file already, and it says {', '.join(differences)}",
            where=str(path),
            hint=f"edit the file, or use it as it is: {path.stem}",
        )
