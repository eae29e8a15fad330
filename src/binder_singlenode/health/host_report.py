"""The queries of `status` to the machine itself: one script, one round trip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from binder_singlenode.base import certificate, sections
from binder_singlenode.binderhub.pins import Pin
from binder_singlenode.binderhub.pins import parse as parse_pins
from binder_singlenode.errors import ClusterError
from binder_singlenode.health import disk_shares, homes, pinned_size
from binder_singlenode.health.disk_shares import Cleaning, ShareUse
from binder_singlenode.health.homes import Home
from binder_singlenode.layout import maintenance, paths
from binder_singlenode.sizing import disk_record

if TYPE_CHECKING:
    from binder_singlenode.ssh.session import Session

LIMIT_S = 60
DISK_PATHS = ("/", *(places[0] for places in paths.SHARES.values()))
RECORD_STEP = 12  # of two weeks of lines, one every two hours is enough to show the growth
_TLS = f"{paths.K3S_DATA}/server/tls"


@dataclass(frozen=True)
class DiskUse:
    """One file system, by its mount point."""

    path: str
    total_bytes: int
    free_bytes: int

    @property
    def free_percent(self) -> float:
        return 100 * self.free_bytes / self.total_bytes if self.total_bytes else 100.0


@dataclass(frozen=True)
class CertificateEnd:
    """A certificate of the cluster."""

    path: str
    days_left: float


@dataclass(frozen=True)
class HostFacts:
    """The parsed output of the script."""

    services: dict[str, str]
    disks: tuple[DiskUse, ...]
    shares: tuple[ShareUse, ...]
    cleaning: Cleaning | None
    """None on a host that an earlier version of `up` set up."""
    certificates: tuple[CertificateEnd, ...]
    pins: tuple[Pin, ...]
    pin_worries: list[str]
    homes: tuple[Home, ...]
    closed: str
    """The maintenance message that visitors see; "" when the host is open."""


def look(session: Session) -> HostFacts:
    """Run the script on the host. Raises ConnectError (ssh) and ClusterError (sudo)."""
    done = session.as_root(script(), timeout_s=LIMIT_S)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-300:]
        raise ClusterError(
            f"exit code {done.returncode}: {said or 'no reason given'}",
            where=session.host.name,
        )
    return parse(done.stdout)


def script() -> str:
    """All queries, by section; a missing path is not an error."""
    from binder_singlenode.deploy import steps

    fragments = {
        "services": f"systemctl show -p Id,ActiveState {' '.join(steps.units())}",
        "disks": f"df -PB1 {' '.join(DISK_PATHS)} 2>/dev/null",
        "budget": f"cat {paths.DISK_BUDGET} 2>/dev/null",
        "use": f"awk 'NR % {RECORD_STEP} == 1 {{ print }} {{ last = $0 }} END {{ print last }}'"
        f" {paths.DISK_USE} 2>/dev/null",
        "cleaning": f"systemctl show -p LoadState,Result {paths.CLEAN_UNIT}; date +now=%s",
        "pins": f"cat {paths.PINS} 2>/dev/null",
        "pinned layers": pinned_size.LAYERS,
        "homes": f"stat -c '%n %s %b %B' {paths.HOMES}/*.img 2>/dev/null",
        "mounted homes": f"findmnt -rbno TARGET,SIZE,USED -t ext4 | grep '^{paths.HOMES}/'",
        "closed": f"test -f {paths.MAINTENANCE_PAGE} && cat {paths.MAINTENANCE_ANSWER}",
        "certificates": f'for each in {_TLS}/*.crt; do test -f "$each" && echo "# $each"'
        ' && cat "$each"; done',
    }
    return sections.script(fragments)


def parse(text: str) -> HostFacts:
    """Parse the script's output."""
    told = {name: "\n".join(lines) for name, lines in sections.split(text.splitlines()).items()}
    record = disk_record.parse(told.get("use", "").splitlines())
    return HostFacts(
        services=dict(_services(told.get("services", ""))),
        disks=tuple(_disks(told.get("disks", ""))),
        shares=disk_shares.shares(told.get("budget", ""), record),
        cleaning=_cleaning(told.get("cleaning", ""), record),
        certificates=tuple(_certificates(told.get("certificates", ""))),
        pins=tuple(parse_pins(told.get("pins", ""))),
        pin_worries=pinned_size.worries(told.get("budget", ""), told.get("pinned layers", "")),
        homes=homes.parse(told.get("homes", ""), told.get("mounted homes", "")),
        closed=_closed(told.get("closed", "")),
    )


def _closed(body: str) -> str:
    return maintenance.read(body) or (f"{maintenance.TITLE}." if body.strip() else "")


def _services(body: str) -> Iterator[tuple[str, str]]:
    for block in sections.blocks(body.splitlines()):
        if "Id" in block:
            yield block["Id"], block.get("ActiveState", "unknown")


def _disks(body: str) -> Iterator[DiskUse]:
    """Each file system once: several of DISK_PATHS may be on the same one."""
    seen = set()
    for line in body.splitlines():
        words = line.split()
        if len(words) >= 6 and words[1].isdigit() and words[5] not in seen:
            seen.add(words[5])
            yield DiskUse(words[5], int(words[1]), int(words[3]))


def _cleaning(body: str, record: list[disk_record.Use]) -> Cleaning | None:
    told = next(iter(sections.blocks(body.splitlines())), {})
    if told.get("LoadState") != "loaded":
        return None
    ago = int(told.get("now", 0)) - record[-1].time_s if record else None
    return Cleaning(told.get("Result", "unknown"), ago)


def _certificates(body: str) -> Iterator[CertificateEnd]:
    for part in ("\n" + body).split("\n# ")[1:]:
        path, _, pem = part.partition("\n")
        days = certificate.days_left(pem)
        if days is not None:
            yield CertificateEnd(path, days)
