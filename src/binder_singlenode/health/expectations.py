"""The expected state of a host: computed from the host file and the sizing, passed to the checks as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from binder_singlenode.config import Host
    from binder_singlenode.sizing.size import Sizing

DEFAULT_LAUNCH_TIMEOUT_S = 1800.0
CERTIFICATE_S = 120.0  # an authority checks the name from several places, and an emulated machine is slow
CLEAN_UP_S = 240.0  # the kubelet removes what is left of pods once a minute


@dataclass(frozen=True)
class Expectations:
    """Everything a check needs to know; contains no secret."""

    name: str
    """The host's name, for people."""
    units: tuple[str, ...]
    """The systemd units that run at all times."""
    address: str
    """The address at which its ports would be reached from outside."""
    direct: bool
    """False behind a jump host or a forwarded port: then nothing is reached at `address` from here."""
    sudo: bool
    """True when the login is not root."""
    base_url: str
    hub_url: str
    tls: str
    """tls.mode of the host file."""
    names: tuple[str, ...]
    """The names that users type: each with a certificate, unless tls is off."""
    staging: bool
    """True when the host file names an ACME staging directory."""
    certificate_s: float
    """Time limit for the first certificate."""
    sign_in: bool
    """True when a launch needs an account: then the checks create one (binderhub/account.py)."""
    closed: bool
    """True during maintenance: nobody can launch, and neither can the checks."""
    homes: int
    """Number of homes; 0 with mode binder."""
    home_bytes: int
    namespace: str
    node_name: str
    release: str
    firewall: bool
    quota: int
    guarantee_bytes: int
    limit_bytes: int
    allocatable_bytes: int
    eviction_bytes: int
    max_pods: int
    store: str
    """images.store of the host file."""
    registry_url: str
    docker_socket: str
    idle_timeout_s: int
    cull_every_s: int
    """Time between two runs of the culler."""
    noticed_late_s: int
    """The culler may see the last activity of an open window as this much older than it is."""
    clean_up_s: float
    """Time limit for all traces of an ended session to disappear."""
    repo: str | None
    """The repository that the checks launch, as its launch link; None: they launch nothing."""
    launch_timeout_s: float

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Expectations:
        """The inverse of to_json; unknown keys of a newer version are ignored."""
        data: dict[str, Any] = json.loads(text)
        known: dict[str, Any] = {field.name: data[field.name] for field in fields(cls)}
        lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
        return cls(**(known | lists))


def expectations(
    host: Host,
    sizing: Sizing,
    repo: str | None = None,
    ref: str | None = None,
    launch_timeout_s: float = DEFAULT_LAUNCH_TIMEOUT_S,
) -> Expectations:
    """The expected state of `host` after `up`. The checks launch `repo`, if given, twice."""
    from binder_singlenode.base.ip import as_ip
    from binder_singlenode.binderhub.http import is_loopback
    from binder_singlenode.deploy import steps
    from binder_singlenode.layout.names import DEFAULT_NODE_NAME, DIND_SOCKET, RELEASE
    from binder_singlenode.values.jupyterhub import cull_every_s, noticed_late_s

    return Expectations(
        name=host.name,
        units=steps.units(host),
        address=host.address,
        direct=host.ssh.jump is None and not is_loopback(host.address),
        sudo=host.ssh.user != "root",
        base_url=host.base_url,
        hub_url=host.hub_url,
        tls=host.tls.mode,
        names=tuple(str(as_ip(name) or name.lower()) for name in host.names),
        staging=host.tls.acme.staging,
        certificate_s=CERTIFICATE_S,
        sign_in=host.sign_in.on,
        closed=host.maintenance is not None,
        homes=host.home.users if host.persistent else 0,
        home_bytes=host.home.size_bytes,
        namespace=host.release.namespace,
        node_name=host.node.name or DEFAULT_NODE_NAME,
        release=RELEASE,
        firewall=host.network.firewall,
        quota=sizing.sessions.quota,
        guarantee_bytes=sizing.sessions.guarantee_bytes,
        limit_bytes=sizing.sessions.limit_bytes,
        allocatable_bytes=sizing.memory.allocatable_bytes,
        eviction_bytes=sizing.memory.eviction_bytes,
        max_pods=sizing.pods.most,
        store=host.images.store,
        registry_url=host.addresses.registry_url,
        docker_socket=DIND_SOCKET,
        idle_timeout_s=host.sessions.idle_timeout_s,
        cull_every_s=cull_every_s(host.sessions.idle_timeout_s),
        noticed_late_s=noticed_late_s(host.sessions.idle_timeout_s),
        clean_up_s=CLEAN_UP_S,
        repo=launch_link(host, repo, ref),
        launch_timeout_s=launch_timeout_s,
    )


def launch_link(host: Host, repo: str | None, ref: str | None = None) -> str | None:
    """The link that visitors would use. Raises LaunchError when the repository cannot be read."""
    if not repo:
        return None
    from binder_singlenode.binderhub.repository.model import Servers
    from binder_singlenode.binderhub.repository.read import read

    return f"{host.base_url}/v2/{read(repo, ref, Servers.of(host)).spec}"
