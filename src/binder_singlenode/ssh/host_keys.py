"""Host keys: read at first contact, shown, accepted by the user, and then checked at every connection."""

import base64
import binascii
import hashlib
import itertools
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from binder_singlenode import config
from binder_singlenode.base import atomic
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import config as ssh_config
from binder_singlenode.ssh import login_faults

CONTACT_LIMIT_S = 60


@dataclass(frozen=True)
class HostKey:
    """One public key of a host, as known_hosts has it: type and base64."""

    kind: str
    blob: str

    @property
    def fingerprint(self) -> str:
        """SHA256:…, as ssh and cloud consoles show it."""
        digest = hashlib.sha256(base64.b64decode(self.blob)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint}"


def parse(line: str) -> HostKey:
    """Parse "type base64 [comment]", with or without the host's name before it. Raises ConnectError."""
    words = line.split()
    for kind, blob in itertools.pairwise(words):
        if _is_key(kind, blob):
            return HostKey(kind, blob)
    raise ConnectError(f"not a public host key: {line.strip()[:80]!r}", hint="give it as `ssh-ed25519 AAAA…`")


def _is_key(kind: str, blob: str) -> bool:
    """Whether `blob` is a key of this type: it begins with the length of the type, then the type."""
    try:
        raw = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        return False
    return raw[4 : 4 + int.from_bytes(raw[:4])] == kind.encode()


def known(host: Host) -> bool:
    """Whether a key of this host has been trusted."""
    return bool(known_keys(host))


def known_keys(host: Host) -> list[HostKey]:
    """The trusted keys."""
    path = ssh_config.known_hosts(host)
    if not path.exists():
        return []
    return [parse(line) for line in path.read_text().splitlines() if line.strip() and line[0] != "#"]


def trust(host: Host, keys: HostKey | str | Iterable[HostKey | str]) -> None:
    """Trust these keys of the host instead of all earlier ones. Raises ConnectError if one is not a key."""
    given = [keys] if isinstance(keys, HostKey | str) else list(keys)
    wanted = [parse(key) if isinstance(key, str) else key for key in given]
    path = ssh_config.known_hosts(host)
    atomic.write(path, "".join(f"{ssh_config.ALIAS} {key.kind} {key.blob}\n" for key in wanted))


def how_to_accept(host: Host) -> str:
    """The command to accept a host key: `check` has --trust-host-key, and it changes nothing on the host."""
    return (
        f"binder-singlenode check {config.argument(host)}   (shows the key and asks; with --trust-host-key it"
        " is accepted unasked)"
    )


def first_contact(host: Host) -> list[HostKey]:
    """The host key that the host shows now. ssh reads it (through jump hosts too) and stops before the login:
    an unknown host gets no key or password from the user. Raises ConnectError."""
    config = ssh_config.write_config(host)
    with tempfile.TemporaryDirectory(dir=ssh_config.folder(host)) as folder:
        seen = Path(folder, "seen")
        options = [
            "StrictHostKeyChecking=accept-new",
            f'UserKnownHostsFile="{seen}"',
            "PreferredAuthentications=none",
            "ControlMaster=no",
            "ControlPath=none",
            "BatchMode=yes",
        ]
        command = ["ssh", "-F", str(config), *(word for option in options for word in ("-o", option))]
        try:
            done = subprocess.run(
                [*command, ssh_config.ALIAS, "true"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=CONTACT_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise unreachable(host, f"no answer within {CONTACT_LIMIT_S} s") from error
        if seen.exists():
            return [parse(line) for line in seen.read_text().splitlines()]
    raise unreachable(host, done.stderr.strip() or "no host key was shown")


def unreachable(host: Host, reason: str) -> ConnectError:
    """The error if ssh cannot connect."""
    if error := login_faults.known(host, reason):
        return error
    last = reason.splitlines()[-1].replace(ssh_config.ALIAS, host.address)
    port = f" -p {host.ssh.port}" if host.ssh.port != 22 else ""
    return ConnectError(
        f"ssh cannot connect: {last}",
        where=f"{host.ssh.user}@{host.address}:{host.ssh.port}",
        hint=f"for details run: ssh -v{port} {host.ssh.user}@{host.address} true",
    )


def changed(host: Host, now: Iterable[HostKey]) -> ConnectError:
    """The error if the host shows another key than the trusted one."""
    before = ", ".join(map(str, known_keys(host))) or "none"
    return ConnectError(
        f"the host key is not the trusted one.\n  trusted: {before}\n"
        f"  shown now: {', '.join(map(str, now))}\n"
        "Either the machine was set up again, or someone may be intercepting the connection.",
        where=f"{host.address}:{host.ssh.port}",
        hint="compare with the provider's console; when it is right, forget the old key:"
        f" rm {ssh_config.known_hosts(host)}",
    )
