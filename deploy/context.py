"""Input of every step: the host file, its sizing, the release to install, and the rendered values."""

from dataclasses import dataclass, field

from binder_singlenode.config import Host
from binder_singlenode.config.secrets import resolve, tls_files
from binder_singlenode.config.secrets.tls_files import NO_FILES, TlsFiles
from binder_singlenode.layout.addresses import Addresses
from binder_singlenode.layout.names import DEFAULT_NODE_NAME
from binder_singlenode.releases.versions import Release
from binder_singlenode.sizing import size
from binder_singlenode.sizing.size import Machine, Sizing
from binder_singlenode.values import helm_values


@dataclass(frozen=True)
class Context:
    """Desired state of one host."""

    host: Host
    sizing: Sizing
    release: Release
    values_yaml: str = field(repr=False)
    """Contains secrets."""
    tls_files: TlsFiles = field(default=NO_FILES, repr=False)
    """Contents of the certificate files that the host file names."""

    @property
    def addresses(self) -> Addresses:
        """The fixed addresses inside the cluster."""
        return self.host.addresses

    @property
    def node_name(self) -> str:
        """The Kubernetes node's name."""
        return self.host.node.name or DEFAULT_NODE_NAME

    @property
    def namespace(self) -> str:
        """Namespace of the Helm release and of the registry."""
        return self.host.release.namespace


def make(host: Host, machine: Machine, release: Release) -> Context:
    """Compute the Context of a host. Raises SizingError; ConfigError for a missing secret."""
    secrets = resolve.resolve(host)
    sized = size.size(machine, host)
    files = tls_files.read(host)
    values = helm_values.helm_values(host, sized, release, secrets, roots=files.roots)
    return Context(host, sized, release, helm_values.to_yaml(values), files)
