"""What every step is told: the host file, its sizing, the release to install, and the rendered values."""

from dataclasses import dataclass, field

from binder_singlenode.config import Host
from binder_singlenode.config.secrets.tls_files import NO_FILES, TlsFiles
from binder_singlenode.layout import addresses as layout_addresses
from binder_singlenode.layout.addresses import Addresses
from binder_singlenode.releases.versions import Release
from binder_singlenode.sizing.size import Sizing

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
        return layout_addresses.of(self.host)

    @property
    def node_name(self) -> str:
        """The Kubernetes node's name."""
        return self.host.node.name or DEFAULT_NODE_NAME

    @property
    def namespace(self) -> str:
        """Where the release and its helpers live."""
        return self.host.release.namespace
