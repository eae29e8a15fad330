"""What every step is told: the host file, its sizing, the release to install, and the rendered values."""

from dataclasses import dataclass, field

from binder_singlenode import network
from binder_singlenode.config import Host
from binder_singlenode.network import Addresses
from binder_singlenode.sizing import Sizing
from binder_singlenode.tls_files import NO_FILES, TlsFiles
from binder_singlenode.versions import Release

DEFAULT_NODE_NAME = "binder"
"""A name of our own: the node keeps it when somebody renames the machine, which k3s takes badly."""


@dataclass(frozen=True)
class Context:
    """The desired state of one host; steps are functions of it."""

    host: Host
    sizing: Sizing
    release: Release
    values_yaml: str = field(repr=False)
    """With secrets in it."""
    tls_files: TlsFiles = field(default=NO_FILES, repr=False)
    """Texts of the files that the section tls names."""

    @property
    def addresses(self) -> Addresses:
        """The fixed addresses inside the cluster."""
        return network.of(self.host)

    @property
    def node_name(self) -> str:
        """The Kubernetes node's name."""
        return self.host.node.name or DEFAULT_NODE_NAME

    @property
    def namespace(self) -> str:
        """Where the release and its helpers live."""
        return self.host.release.namespace
