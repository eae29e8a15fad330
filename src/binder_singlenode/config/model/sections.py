"""The smaller sections of the host file. The docstring below a field is its documentation: it becomes the
description in the JSON schema.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from binder_singlenode.base import units
from binder_singlenode.config.model import fields


class Section(BaseModel):
    """What all parts of a host file share: frozen, strict, and no unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


class Ssh(Section):
    """How to reach the host by ssh."""

    user: fields.User = "root"
    """The login name. Anyone but root needs sudo; its password is asked for, never read from a file."""
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    """The port of the host's ssh server."""
    key: fields.LocalFile | None = None
    """A private key file. Left out: ssh-agent and the usual keys in ~/.ssh. A relative path starts at
    this file's folder."""
    config: fields.LocalFile | None = None
    """An ssh_config file to read first, for example one that a cloud's tool has written. Left out:
    ~/.ssh/config."""
    jump: fields.Jump | None = None
    """The jump host, as user@host:port (user and port may be left out). Several are separated by commas."""


class Builds(Section):
    """How repositories are built into images."""

    concurrent: Annotated[int, Field(ge=1, le=64)] | None = None
    """Builds at a time; more wait in a queue. Left out: as many as the memory allows, about
    one for each 16 GiB and at most 8."""
    memory_limit: fields.KubernetesBytes = "2G"
    """Memory of one build. Kubernetes' units: 2G = 2 * 1000^3 bytes, 2Gi = 2 * 1024^3 bytes."""

    @property
    def memory_limit_bytes(self) -> int:
        return units.parse_kubernetes_bytes(self.memory_limit)


class Images(Section):
    """Where built images are kept."""

    store: Literal["registry", "shared"] = "registry"
    """registry: a container registry on the host that only the builder can write to; sessions pull from it.
    shared: built images land where Kubernetes keeps its own: nothing is pushed or pulled, one copy on the
    disk. It can be changed at any time: the next `up` does it, and each repository is built once more."""


class Node(Section):
    """The Kubernetes node, which is the host itself."""

    name: fields.DnsLabel | None = None
    """What `kubectl get nodes` calls the host. Left out: binder, on every host alike. It is not the machine's
    host name, which may change; the node's own may not: volumes and the pod network belong to it."""
    max_pods: Annotated[int, Field(ge=20, le=4000)] | None = None
    """The most pods on the node. Left out: computed from the number of sessions and builds. The size of
    the node's network follows from it before the first start, so raise it in time."""
    reserved_memory: fields.KubernetesBytes | None = None
    """Memory kept for the system and Kubernetes. Left out: computed from the machine's memory. Kubernetes'
    units: 1G = 1000^3 bytes, 1Gi = 1024^3 bytes."""

    @property
    def reserved_memory_bytes(self) -> int | None:
        return units.parse_kubernetes_bytes(self.reserved_memory) if self.reserved_memory else None


class Release(Section):
    """The BinderHub release in the cluster."""

    namespace: fields.Namespace = "binder"
    """The Kubernetes namespace of BinderHub, JupyterHub and the sessions."""
    repo2docker_image: fields.Image | None = None
    """The image that turns a repository into an image. Left out: the one this program was tested with."""
    extra_values: dict[str, Any] = {}
    """Helm values for the binderhub chart, merged last: they win over everything that this program
    computes. For what has no field of its own."""
