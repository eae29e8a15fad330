"""The smaller sections of the host file. The docstring below a field is its documentation: it becomes the
description in the JSON schema.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from binder_singlenode.base import bounds, units
from binder_singlenode.config.model import fields

_BUILD_SIZE = AfterValidator(bounds.kubernetes_size(bounds.LEAST_BUILD, "a build"))
_RESERVED_SIZE = AfterValidator(bounds.kubernetes_size(bounds.LEAST_RESERVED, "the system and Kubernetes"))


class Section(BaseModel):
    """Base of all parts of a host file: frozen, strict, and without unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


class Ssh(Section):
    """How to reach the host by ssh."""

    user: fields.User = "root"
    """The login name. Users other than root need sudo; you are prompted for its password, which is never read
    from a file."""
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    """The port of the host's ssh server."""
    key: fields.LocalFile | None = None
    """A private key file. Left out: ssh-agent and the usual keys in ~/.ssh. A relative path starts at
    the host file's folder."""
    config: fields.LocalFile | None = None
    """An ssh_config file to read first, for example one written by a cloud's tool. Left out:
    ~/.ssh/config."""
    jump: fields.Jump | None = None
    """The jump host, as user@host:port (user and port may be left out). Several are separated by commas."""


class Builds(Section):
    """How repositories are built into images."""

    concurrent: Annotated[int, Field(ge=1, le=64)] | None = None
    """Maximum number of concurrent builds; others wait in a queue. Left out: as many as the memory allows,
    about one for each 16 GiB and at most 8."""
    memory_limit: Annotated[fields.KubernetesBytes, _BUILD_SIZE] = "2G"
    """Memory of one build. Kubernetes' units: 2G = 2 * 1000^3 bytes, 2Gi = 2 * 1024^3 bytes."""

    @property
    def memory_limit_bytes(self) -> int:
        return units.parse_kubernetes_bytes(self.memory_limit)


class Images(Section):
    """Where built images are kept."""

    store: Literal["registry", "shared"] = "registry"
    """registry: a container registry on the host that only the builder can push to; sessions pull from it.
    shared: images are built in the image store of Kubernetes; nothing is pushed or pulled, and there is one
    copy on the disk. It can be changed at any time: the next `up` applies it, and each repository is built
    again."""


class Node(Section):
    """The Kubernetes node, which is the host itself."""

    name: fields.DnsLabel | None = None
    """The node's name in `kubectl get nodes`. Left out: binder, on every host. It is not the machine's host
    name, which may change. The node's name must not change, because volumes and the pod network depend on
    it."""
    max_pods: Annotated[int, Field(ge=20, le=4000)] | None = None
    """Maximum number of pods on the node. Left out: computed from the number of sessions and builds. It
    decides the size of the node's pod network, which is fixed at the first start: raise it before."""
    reserved_memory: Annotated[fields.KubernetesBytes, _RESERVED_SIZE] | None = None
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
    """The image of repo2docker, which builds images from repositories. Left out: the one that
    binder-singlenode was tested with."""
    extra_values: dict[str, Any] = {}
    """Helm values for the binderhub chart, merged last: they override what binder-singlenode computes.
    Volumes, mounts and the builder's arguments are added to its own. Use them for settings that have no field
    in the host file."""
