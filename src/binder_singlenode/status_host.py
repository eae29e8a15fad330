"""What `status` asks the machine itself: one script, one round trip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from binder_singlenode import certificate
from binder_singlenode.deploy import paths
from binder_singlenode.errors import ClusterError
from binder_singlenode.pins import Pin
from binder_singlenode.pins import parse as parse_pins
from binder_singlenode.privilege import as_root

if TYPE_CHECKING:
    from binder_singlenode.config import Host
    from binder_singlenode.kubeconfig import Run

LIMIT_S = 60
DU_LIMIT_S = 15  # counting millions of files takes minutes on a cold disk: better no number than no screen
DISK_PATHS = ("/", paths.K3S_DATA, paths.VAR, "/var/lib/dind", "/var/log")
STORES = {
    "images": f"{paths.K3S_DATA}/agent/containerd",
    "registry": paths.REGISTRY_DATA,
    "builder": "/var/lib/dind",
    "logs": paths.LOG,
}
_TLS = f"{paths.K3S_DATA}/server/tls"


@dataclass(frozen=True)
class DiskUse:
    """One file system, by the place it is mounted at."""

    path: str
    total_bytes: int
    free_bytes: int

    @property
    def free_percent(self) -> float:
        return 100 * self.free_bytes / self.total_bytes if self.total_bytes else 100.0


@dataclass(frozen=True)
class StoreUse:
    """What one of our stores takes."""

    name: str
    path: str
    used_bytes: int


@dataclass(frozen=True)
class CertificateEnd:
    """A certificate of the cluster."""

    path: str
    days_left: float


@dataclass(frozen=True)
class HostFacts:
    """The script's answer."""

    services: dict[str, str]
    disks: tuple[DiskUse, ...]
    stores: tuple[StoreUse, ...]
    certificates: tuple[CertificateEnd, ...]
    pins: tuple[Pin, ...]


def look(host: Host, run: Run, sudo_password: str | None = None) -> HostFacts:
    """Ask the host. Raises ConnectError (ssh) and ClusterError (sudo)."""
    command, first = as_root(host, script(), sudo_password)
    done = run(host, command, input=first, timeout_s=LIMIT_S)
    if done.returncode != 0:
        raise ClusterError(
            f"exit code {done.returncode}: {done.stderr.strip()[-300:] or 'no reason given'}", where=host.name
        )
    return parse(done.stdout)


def script() -> str:
    """Shell that prints each section behind a line `## name`; a missing path is no error."""
    stores = " ".join(STORES.values())
    return "\n".join(
        [
            "echo '## services'",
            f"systemctl show -p Id -p ActiveState {' '.join(paths.UNITS)}",
            "echo '## disks'",
            f"df -PB1 {' '.join(DISK_PATHS)} 2>/dev/null",
            "echo '## stores'",
            f"timeout {DU_LIMIT_S} du -sxB1 {stores} 2>/dev/null",
            "echo '## pins'",
            f"cat {paths.PINS} 2>/dev/null",
            "echo '## certificates'",
            f'for each in {_TLS}/*.crt; do test -f "$each" && echo "# $each" && cat "$each"; done',
            "exit 0",
        ]
    )


def parse(text: str) -> HostFacts:
    """The script's output as facts."""
    sections = {}
    for part in ("\n" + text).split("\n## ")[1:]:
        name, _, body = part.partition("\n")
        sections[name] = body
    return HostFacts(
        services=dict(_services(sections.get("services", ""))),
        disks=tuple(_disks(sections.get("disks", ""))),
        stores=tuple(_stores(sections.get("stores", ""))),
        certificates=tuple(_certificates(sections.get("certificates", ""))),
        pins=tuple(parse_pins(sections.get("pins", ""))),
    )


def _services(body: str) -> Iterator[tuple[str, str]]:
    """systemd prints one block a unit, with the properties in an order of its own."""
    for block in body.strip().split("\n\n"):
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in values:
            yield values["Id"], values.get("ActiveState", "unknown")


def _disks(body: str) -> Iterator[DiskUse]:
    """Each file system once: several of our paths may be on one."""
    seen = set()
    for line in body.splitlines():
        words = line.split()
        if len(words) >= 6 and words[1].isdigit() and words[5] not in seen:
            seen.add(words[5])
            yield DiskUse(words[5], int(words[1]), int(words[3]))


def _stores(body: str) -> Iterator[StoreUse]:
    names = {path: name for name, path in STORES.items()}
    for line in body.splitlines():
        used, _, path = line.partition("\t")
        if used.isdigit() and path in names:
            yield StoreUse(names[path], path, int(used))


def _certificates(body: str) -> Iterator[CertificateEnd]:
    for part in ("\n" + body).split("\n# ")[1:]:
        path, _, pem = part.partition("\n")
        days = certificate.days_left(pem)
        if days is not None:
            yield CertificateEnd(path, days)
