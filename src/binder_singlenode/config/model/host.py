"""The host file as one frozen model. Names of fields are the keys of the YAML file; the docstring below a
field is its documentation.
"""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator

from binder_singlenode.base.ip import as_ip, in_brackets
from binder_singlenode.config.model import fields
from binder_singlenode.config.model.addresses import FieldError, is_public
from binder_singlenode.config.model.git_providers import GitHub, GitLab
from binder_singlenode.config.model.home import Home
from binder_singlenode.config.model.network import Network
from binder_singlenode.config.model.proxy import Proxy
from binder_singlenode.config.model.sections import Builds, Images, Node, Release, Section, Ssh
from binder_singlenode.config.model.sessions import Sessions
from binder_singlenode.config.model.sign_in import SignIn
from binder_singlenode.config.model.tls import LETS_ENCRYPT, RootsFile, ShortTls, Tls
from binder_singlenode.layout import addresses as layout_addresses

API_VERSION: Literal["binder/v1"] = "binder/v1"


class Host(Section):
    """One machine that becomes a BinderHub. Only `address` is required."""

    apiVersion: Literal["binder/v1"] = API_VERSION
    """The version of this file's format."""
    address: fields.Address
    """What ssh connects to: a DNS name, an IP address, or a name from ssh_config."""
    ssh: fields.MayBeEmpty[Ssh] = Ssh()
    """How to reach the host by ssh."""
    hostname: fields.HostName | None = None
    """The public DNS name of BinderHub; JupyterHub is at the path /jupyter/. Left out: address is used."""
    domain: fields.HostName | None = None
    """Use it instead of hostname to have two DNS names: DOMAIN for BinderHub, hub.DOMAIN for JupyterHub."""
    tls: Annotated[ShortTls, Field(validate_default=True)] = Tls()
    """TLS encryption: "off" (in quotes), acme, files or own-ca, or a section with more settings."""
    url: fields.Url | None = None
    """The public base URL, if it is not simply scheme and hostname: for a host behind a forwarded port.
    Scheme, host and port only."""
    maintenance: fields.Sentence | None = None
    """Message for visitors during maintenance. While it is set, nobody can launch; running sessions continue.
    Left out: no maintenance."""
    sessions: fields.MayBeEmpty[Sessions] = Sessions()
    """Resources and lifetime of each session."""
    builds: fields.MayBeEmpty[Builds] = Builds()
    """How repositories are built into images."""
    images: fields.MayBeEmpty[Images] = Images()
    """Where built images are kept."""
    network: Annotated[fields.MayBeEmpty[Network], Field(validate_default=True)] = Network()
    """The cluster's networks and the host's firewall."""
    proxy: fields.MayBeEmpty[Proxy] = Proxy()
    """The web proxy, for a host without direct access to the internet."""
    trusted_roots: RootsFile | None = None
    """PEM file with the root certificates of a private authority. The host, BinderHub, JupyterHub, builds and
    sessions then trust it, in addition to the public ones: for a GitLab or a package index of your own, or a
    web proxy that opens TLS. A relative path starts at the host file's folder."""
    github: fields.MayBeEmpty[GitHub] = GitHub()
    """GitHub, or a GitHub Enterprise Server."""
    gitlab: fields.MayBeEmpty[GitLab] = GitLab()
    """GitLab: gitlab.com, or a self-hosted server."""
    mode: Literal["binder", "persistent"] = "binder"
    """binder: all data of a session is deleted at its end. persistent: for a closed group; users sign in, and
    each has a persistent home."""
    sign_in: Annotated[fields.MayBeEmpty[SignIn], Field(validate_default=True)] = SignIn()
    """Sign-in before a launch. Without this section there is no sign-in, as on mybinder.org."""
    home: fields.MayBeEmpty[Home] = Home()
    """Persistent home of each user (mode persistent)."""
    node: fields.MayBeEmpty[Node] = Node()
    """The Kubernetes node, which is the host itself."""
    release: fields.MayBeEmpty[Release] = Release()
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

    @field_validator("domain")
    @classmethod
    def _one_or_two_names(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("hostname"):
            raise FieldError(
                "there is a hostname already",
                hint="hostname for one name, domain for two: keep one of the lines",
                near="hostname",
            )
        return value

    @field_validator("tls")
    @classmethod
    def _authorities_know_names(cls, value: Tls, info: ValidationInfo) -> Tls:
        if value.mode == "acme" and not (info.data.get("hostname") or info.data.get("domain")):
            raise FieldError(
                "acme needs a public DNS name", hint="add hostname: binder.example.org, or domain:"
            )
        name = info.data.get("hostname") or info.data.get("domain") or ""
        if value.mode == "acme" and value.acme.directory == LETS_ENCRYPT and not is_public(name):
            raise FieldError(
                f"Let's Encrypt gives no certificate for {name}, which is no public DNS name",
                hint="use a public name, tls: own-ca, or tls.acme.directory of your own authority",
            )
        return value

    @field_validator("url")
    @classmethod
    def _url_fits(cls, value: str | None, info: ValidationInfo) -> str | None:
        tls = info.data.get("tls")
        if value and info.data.get("domain"):
            raise FieldError(
                "with domain there are two URLs, and both follow from it",
                hint="remove url, or use hostname instead of domain",
                near="domain",
            )
        if value and tls and tls.on and not value.startswith("https://"):
            raise FieldError(
                f"tls.mode is {tls.mode}, and this URL is not https", hint="write https://", near="tls"
            )
        return value

    @field_validator("sign_in")
    @classmethod
    def _homes_belong_to_somebody(cls, value: SignIn, info: ValidationInfo) -> SignIn:
        if info.data.get("mode") == "persistent" and not value.on:
            raise FieldError(
                "mode persistent needs sign_in, because each home belongs to a user",
                hint="add sign_in: with its provider, or write mode: binder",
                near="mode",
            )
        return value

    @field_validator("home")
    @classmethod
    def _homes_are_for_persistent(cls, value: Home, info: ValidationInfo) -> Home:
        mode = info.data.get("mode")
        if mode == "binder" and value.model_fields_set:
            raise FieldError(
                f"home is for persistent, mode is {mode}", hint="write mode: persistent, or remove it"
            )
        return value

    @property
    def persistent(self) -> bool:
        """Whether users keep a home."""
        return self.mode == "persistent"

    @property
    def addresses(self) -> layout_addresses.Addresses:
        """The fixed addresses inside the cluster."""
        return layout_addresses.addresses(self.network.service_cidr)

    @property
    def names(self) -> tuple[str, ...]:
        """The public names, BinderHub's first: DNS names, or the address if there is none."""
        return (self.domain, f"hub.{self.domain}") if self.domain else (self.hostname or self.address,)

    @property
    def base_url(self) -> str:
        """The public URL of BinderHub, without a slash at the end."""
        return self.url or self._at(self.names[0])

    @property
    def hub_url(self) -> str:
        """The public URL of JupyterHub, with a slash at the end."""
        return (self._at(self.names[1]) if self.domain else self.base_url) + self.hub_path

    @property
    def hub_path(self) -> str:
        """The path of hub_url, which is JupyterHub's base URL."""
        return "/" if self.domain else "/jupyter/"

    def _at(self, name: str) -> str:
        return f"{'https' if self.tls.on else 'http'}://{in_brackets(name)}"

    @property
    def file(self) -> Path | None:
        """The host file this was read from, absolute; None when it was not read from one."""
        return self._file

    @property
    def name(self) -> str:
        """The host's name in commands and messages: the host file's name without .yaml, or the address."""
        return self._file.stem if self._file else self.address
