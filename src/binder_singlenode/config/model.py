"""The host file as frozen models. The docstring below a field is its documentation: it becomes the
description in the JSON schema. Names of fields are the keys of the YAML file.
"""

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, field_validator

from binder_singlenode import units
from binder_singlenode.config import fields
from binder_singlenode.config.address import FieldError, as_ip, in_brackets

API_VERSION: Literal["binder/v1"] = "binder/v1"
# Fixed service addresses are counted from the start of service_cidr: DNS +10 (k3s' own rule),
# registry +50, binder +60, hub +61. A /26 has 64 addresses: the smallest network that holds them.
SERVICE_PREFIX_MAX = 26
# kube-apiserver refuses IPv4 service networks larger than /12 (pkg/controlplane/apiserver/options).
SERVICE_PREFIX_MIN = 12
# The node gets a part of it; below /24 not even the smallest part that k3s hands out (/24) fits. The
# controller manager hands out parts at most 16 bits longer than the whole, hence /8.
POD_PREFIX_MIN, POD_PREFIX_MAX = 8, 24


def _with_prefix(cidr: str, low: int, high: int) -> str:
    """`cidr`, when its prefix length is in low..high; raises FieldError."""
    prefix = ipaddress.ip_network(cidr).prefixlen
    if low <= prefix <= high:
        return cidr
    size = "small" if prefix > high else "large"
    raise FieldError(f"{cidr} is too {size}", hint=f"the number behind the slash goes from {low} to {high}")


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


class Ssh(_Model):
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


class Sessions(_Model):
    """What one running session gets, and how long it lives."""

    memory_guarantee: fields.JupyterHubBytes = "1G"
    """Memory that each session is sure to have. The number of sessions follows from it. JupyterHub's
    units: 1G = 1024^3 bytes."""
    memory_limit: Annotated[fields.JupyterHubBytes, Field(validate_default=True)] = "2G"
    """Memory above which the kernel of a session is killed. At least memory_guarantee. JupyterHub's units:
    1G = 1024^3 bytes."""
    cpu_guarantee: Annotated[float, Field(ge=0, le=1024)] = 0.01
    """CPUs that each session is sure to have. Keep it small: sessions are idle most of the time."""
    cpu_limit: Annotated[float, Field(gt=0, le=1024, validate_default=True)] = 1.0
    """CPUs that one session can use. At least cpu_guarantee."""
    idle_timeout: fields.Duration = "10m"
    """A session that nobody uses for this long is stopped."""
    max_age: Annotated[fields.Duration, Field(validate_default=True)] = "12h"
    """A session older than this is stopped, used or not. Longer than idle_timeout."""
    per_repository: fields.Count = 100
    """The most sessions of one repository at a time."""
    quota: fields.Count | None = None
    """The most sessions at a time. Left out: as many as the machine's memory can guarantee."""

    @field_validator("memory_limit")
    @classmethod
    def _limit_holds_guarantee(cls, value: str, info: ValidationInfo) -> str:
        low = info.data.get("memory_guarantee")
        if low and units.parse_jupyterhub_bytes(value) < units.parse_jupyterhub_bytes(low):
            raise FieldError(
                f"memory_limit ({value}) is less than memory_guarantee ({low})",
                hint=f"raise memory_limit to {low} or more, or lower memory_guarantee",
                near="memory_guarantee",
            )
        return value

    @field_validator("cpu_limit")
    @classmethod
    def _limit_holds_cpu(cls, value: float, info: ValidationInfo) -> float:
        low = info.data.get("cpu_guarantee")
        if low is not None and value < low:
            raise FieldError(
                f"cpu_limit ({value:g}) is less than cpu_guarantee ({low:g})",
                hint=f"raise cpu_limit to {low:g} or more, or lower cpu_guarantee",
                near="cpu_guarantee",
            )
        return value

    @field_validator("max_age")
    @classmethod
    def _age_exceeds_idle(cls, value: str, info: ValidationInfo) -> str:
        idle = info.data.get("idle_timeout")
        if idle and units.parse_duration_s(value) <= units.parse_duration_s(idle):
            raise FieldError(
                f"max_age ({value}) is not longer than idle_timeout ({idle})",
                hint=f"raise max_age above {idle}, or lower idle_timeout",
                near="idle_timeout",
            )
        return value

    @property
    def memory_guarantee_bytes(self) -> int:
        return units.parse_jupyterhub_bytes(self.memory_guarantee)

    @property
    def memory_limit_bytes(self) -> int:
        return units.parse_jupyterhub_bytes(self.memory_limit)

    @property
    def idle_timeout_s(self) -> int:
        return units.parse_duration_s(self.idle_timeout)

    @property
    def max_age_s(self) -> int:
        return units.parse_duration_s(self.max_age)


class Builds(_Model):
    """How repositories are built into images."""

    concurrent: Annotated[int, Field(ge=1, le=64)] | None = None
    """Builds at a time; more wait in a queue. Left out: one for each 16 GiB of memory, at most 8."""
    memory_limit: fields.KubernetesBytes = "2G"
    """Memory of one build. Kubernetes' units: 2G = 2 * 1000^3 bytes, 2Gi = 2 * 1024^3 bytes."""

    @property
    def memory_limit_bytes(self) -> int:
        return units.parse_kubernetes_bytes(self.memory_limit)


class Images(_Model):
    """Where built images are kept."""

    store: Literal["registry"] = "registry"
    """registry: a container registry on the host that only the host can reach."""


class Network(_Model):
    """The cluster's own networks, and the host's firewall."""

    pod_cidr: fields.Cidr = "10.42.0.0/16"
    """Addresses of pods. Choose another when the host must reach machines in this network. It cannot be
    changed once the cluster runs."""
    service_cidr: Annotated[fields.Cidr, Field(validate_default=True)] = "10.43.0.0/16"
    """Addresses of services; must not overlap pod_cidr. It cannot be changed once the cluster runs."""
    firewall: bool = True
    """Close the ports of Kubernetes and of the registry to the outside, in an nftables table of our own.
    false: something else in front of the host does it."""

    @field_validator("pod_cidr")
    @classmethod
    def _pods_fit(cls, value: str) -> str:
        return _with_prefix(value, POD_PREFIX_MIN, POD_PREFIX_MAX)

    @field_validator("service_cidr")
    @classmethod
    def _services_fit(cls, value: str, info: ValidationInfo) -> str:
        _with_prefix(value, SERVICE_PREFIX_MIN, SERVICE_PREFIX_MAX)
        pods = info.data.get("pod_cidr")
        if pods and ipaddress.ip_network(value).overlaps(ipaddress.ip_network(pods)):
            raise FieldError(
                f"service_cidr ({value}) overlaps pod_cidr ({pods})",
                hint="choose two networks without a common address, as 10.42.0.0/16 and 10.43.0.0/16",
                near="pod_cidr",
            )
        return value


class Node(_Model):
    """The Kubernetes node, which is the host itself."""

    name: fields.DnsLabel | None = None
    """The node's name. Left out: binder, which stays when somebody renames the machine."""
    max_pods: Annotated[int, Field(ge=20, le=4000)] | None = None
    """The most pods on the node. Left out: computed from the number of sessions and builds. The size of
    the node's network follows from it before the first start, so raise it in time."""
    reserved_memory: fields.KubernetesBytes | None = None
    """Memory kept for the system and Kubernetes. Left out: computed from the machine's memory. Kubernetes'
    units: 1G = 1000^3 bytes, 1Gi = 1024^3 bytes."""

    @property
    def reserved_memory_bytes(self) -> int | None:
        return None if self.reserved_memory is None else units.parse_kubernetes_bytes(self.reserved_memory)


class Release(_Model):
    """The BinderHub release in the cluster."""

    namespace: fields.Namespace = "binder"
    """The Kubernetes namespace of BinderHub, JupyterHub and the sessions."""
    repo2docker_image: fields.Image | None = None
    """The image that turns a repository into an image. Left out: the one this program was tested with."""
    extra_values: dict[str, Any] = {}
    """Helm values for the binderhub chart, merged last: they win over everything that this program
    computes. For what has no field of its own."""


class Host(_Model):
    """One machine that becomes a BinderHub. Only `address` must be there."""

    apiVersion: Literal["binder/v1"] = API_VERSION
    """The version of this file's format."""
    address: fields.Address
    """What ssh connects to: a DNS name, an IP address, or a name from ssh_config."""
    ssh: fields.Section[Ssh] = Ssh()
    """How to reach the host by ssh."""
    hostname: fields.HostName | None = None
    """The one public DNS name that users type. Left out: address is used."""
    url: fields.Url | None = None
    """The public base URL, when it is not http:// and the hostname: for a host behind a forwarded port.
    Scheme, host and port only."""
    sessions: fields.Section[Sessions] = Sessions()
    """What one running session gets, and how long it lives."""
    builds: fields.Section[Builds] = Builds()
    """How repositories are built into images."""
    images: fields.Section[Images] = Images()
    """Where built images are kept."""
    network: Annotated[fields.Section[Network], Field(validate_default=True)] = Network()
    """The cluster's own networks, and the host's firewall."""
    node: fields.Section[Node] = Node()
    """The Kubernetes node, which is the host itself."""
    release: fields.Section[Release] = Release()
    """The BinderHub release in the cluster."""

    _file: Path | None = PrivateAttr(default=None)

    @field_validator("network")
    @classmethod
    def _address_is_outside(cls, value: Network, info: ValidationInfo) -> Network:
        address = as_ip(info.data.get("address") or "")
        for name, cidr in (("pod_cidr", value.pod_cidr), ("service_cidr", value.service_cidr)):
            if address and address in ipaddress.ip_network(cidr):
                raise FieldError(
                    f"the host's address {address} is inside network.{name} ({cidr})",
                    hint=f"choose another network.{name}, such as 172.20.0.0/16",
                    near="address",
                )
        return value

    @property
    def base_url(self) -> str:
        """Where users find BinderHub; no slash at the end."""
        return self.url or f"http://{self.hostname or in_brackets(self.address)}"

    @property
    def hub_url(self) -> str:
        """Where users find JupyterHub; a slash at the end."""
        return self.base_url + "/jupyter/"

    @property
    def file(self) -> Path | None:
        """The host file this was read from, absolute; None when it was not read from one."""
        return self._file

    @property
    def name(self) -> str:
        """What people call the host: the host file's name without .yaml, or the address."""
        return self._file.stem if self._file else self.address
