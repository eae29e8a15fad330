"""The status of a host, gathered from ssh, Kubernetes and BinderHub, each of which may be down.

A failed query becomes a line in `problems` and never ends the command: status is for troubleshooting. A host
that ssh does not reach is queried over http only: Kubernetes is reached through the same ssh.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from binder_singlenode.binderhub import health as binderhub_health
from binder_singlenode.errors import BinderError, ConnectError
from binder_singlenode.health import disk_shares, host_report
from binder_singlenode.health import homes as health_homes
from binder_singlenode.health.disk_shares import Cleaning, ShareUse
from binder_singlenode.health.homes import HomesUse
from binder_singlenode.health.host_report import CertificateEnd, DiskUse, HostFacts
from binder_singlenode.layout import paths
from binder_singlenode.layout.shares import Share
from binder_singlenode.sizing import homes
from binder_singlenode.sizing.disk import FULL_FREE_PERCENT

if TYPE_CHECKING:
    from binder_singlenode.binderhub.health import Health, Versions
    from binder_singlenode.binderhub.pins import Pin
    from binder_singlenode.cluster import Cluster
    from binder_singlenode.cluster.objects import HelmRelease, Node, Workload
    from binder_singlenode.cluster.pods import Pod
    from binder_singlenode.config import Host
    from binder_singlenode.ssh.session import Session

__all__ = ["CertificateEnd", "DiskUse", "SessionUse", "ShareUse", "Status", "gather", "unreached"]

HTTP_TIMEOUT_S = 10.0
CERTIFICATE_DAYS = 30
REGISTRY = "Docker registry"  # its name in /health

OpenCluster = Callable[[], AbstractContextManager["Cluster"]]


@dataclass(frozen=True)
class SessionUse:
    """One session's pod."""

    pod: str
    phase: str
    image: str
    since: str


@dataclass
class Status:
    """The state of a host. None: this could not be queried; `problems` says why."""

    name: str
    address: str
    base_url: str
    unreached: str = ""
    """Why ssh cannot connect; "" when it can."""
    next_step: str = ""
    """What to do when ssh cannot connect."""
    services: dict[str, str] = field(default_factory=dict)
    """systemd unit -> active, failed, …"""
    node: Node | None = None
    release: HelmRelease | None = None
    workloads: tuple[Workload, ...] = ()
    health: Health | None = None
    versions: Versions | None = None
    registry_ok: bool | None = None
    sessions: tuple[SessionUse, ...] | None = None
    builds: int | None = None
    quota: int | None = None
    disks: tuple[DiskUse, ...] = ()
    shares: tuple[ShareUse, ...] = ()
    """Of the disk budget; empty before the host has counted disk use once."""
    cleaning: Cleaning | None = None
    certificates: tuple[CertificateEnd, ...] = ()
    pins: tuple[Pin, ...] | None = None
    """Images that clean-up does not delete."""
    closed: str = ""
    """The maintenance message that visitors see; "" when the host is open."""
    homes: HomesUse | None = None
    """None also with mode binder."""
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def certificate_days_left(self) -> float | None:
        """Days until the first certificate ends."""
        return min((each.days_left for each in self.certificates), default=None)


def gather(session: Session, open_cluster: OpenCluster) -> Status:
    """Query everything. A BinderError goes into `problems` and is not raised.

    `open_cluster` is cluster.connect with its argument bound.
    """
    host = session.host
    status = Status(host.name, host.address, host.base_url)
    _try(status, "the host", lambda: _from_host(status, host, host_report.look(session)))
    _try(status, "Kubernetes", lambda: _from_cluster(status, open_cluster, host.release.namespace))
    _try(status, "BinderHub", lambda: _from_hub(status, host.base_url))
    status.problems += _worries(status)
    return status


def unreached(host: Host, error: ConnectError, next_step: str | None = None) -> Status:
    """The status of a host that ssh does not reach. `next_step` replaces the error's hint."""
    status = Status(host.name, host.address, host.base_url)
    status.unreached = error.message
    status.next_step = next_step or error.hint or ""
    status.problems.append(f"the host is not reached: {error}")
    _try(status, "BinderHub", lambda: _from_hub(status, host.base_url))
    status.problems += _worries(status)
    return status


def _try(status: Status, what: str, ask: Callable[[], None]) -> None:
    try:
        ask()
    except BinderError as error:
        status.problems.append(f"{what} cannot be queried: {error}")


def _from_host(status: Status, host: Host, facts: HostFacts) -> None:
    from binder_singlenode.deploy import steps

    wanted = steps.units(host)
    status.services = {unit: state for unit, state in facts.services.items() if unit in wanted}
    status.disks, status.certificates = facts.disks, facts.certificates
    status.shares, status.cleaning = facts.shares, facts.cleaning
    status.pins, status.closed = facts.pins, facts.closed
    status.problems += facts.pin_worries
    if host.persistent:
        status.homes = health_homes.together(facts.homes, host.home.users, homes.promised_bytes(host))


def _from_cluster(status: Status, open_cluster: OpenCluster, namespace: str) -> None:
    with open_cluster() as cluster:
        status.node = cluster.node()
        status.release = cluster.release(namespace)
        status.workloads = tuple(cluster.workloads(namespace))
        status.sessions = tuple(map(_session, cluster.sessions(namespace)))
        status.builds = len([pod for pod in cluster.builds(namespace) if pod.phase in ("Pending", "Running")])
        if status.homes is not None:
            status.homes = health_homes.claimed(status.homes, cluster.claims())


def _session(pod: Pod) -> SessionUse:
    return SessionUse(pod.name, pod.phase, pod.image, pod.created_at)


def _from_hub(status: Status, base_url: str) -> None:
    health = binderhub_health.health(base_url, HTTP_TIMEOUT_S)
    status.health, status.quota = health, health.quota
    status.registry_ok = next((each.ok for each in health.checks if each.service == REGISTRY), None)
    status.versions = binderhub_health.versions(base_url, HTTP_TIMEOUT_S)


def _worries(status: Status) -> list[str]:
    """Problems, the most serious first."""
    lines = [f"launches are refused: {status.closed}"] if status.closed else []
    lines += [f"{unit} is {state}" for unit, state in status.services.items() if state != "active"]
    if status.node is not None:
        lines += _node_worries(status.node)
        if status.release is None:
            lines.append("there is no release: run `binder-singlenode up`")
        elif status.release.status != "deployed":
            lines.append(f"the release is {status.release.status}: `binder-singlenode up` repairs it")
    lines += [f"not ready: {each}" for each in status.workloads if not each.ready]
    if status.health is not None and not status.health.ok:
        lines.append(f"BinderHub reports trouble with: {', '.join(status.health.failing)}")
    lines += [
        f"the disk is full: {each.free_percent:.0f} % at {each.path} are free, and below"
        f" {FULL_FREE_PERCENT} % no launch begins"
        for each in status.disks
        if each.free_percent < FULL_FREE_PERCENT
    ]
    lines += disk_shares.worries(status.shares, status.cleaning, _images_free_percent(status.disks))
    lines += health_homes.worries(status.homes) if status.homes else []
    days = status.certificate_days_left
    if days is not None and days < CERTIFICATE_DAYS:
        lines.append(f"a certificate ends in {days:.0f} days: systemctl restart k3s renews it")
    return lines


def _images_free_percent(disks: tuple[DiskUse, ...]) -> float:
    """Free space of the file system that holds the images: the one with the longest matching mount path."""
    place = paths.SHARES[Share.IMAGES][0]
    above = [disk for disk in disks if f"{place}/".startswith(f"{disk.path.rstrip('/')}/")]
    return max(above, key=lambda disk: len(disk.path)).free_percent if above else 100.0


def _node_worries(node: Node) -> list[str]:
    lines = [] if node.ready else [f"the node is not ready: {node.why}"]
    lines += [f"the node takes no new pods: k3s kubectl uncordon {node.name}"] if node.cordoned else []
    return lines + [f"the node reports {pressure}" for pressure in node.pressures]
