"""Helm values for the binderhub chart: host file + sizing + release -> one mapping. Pure.

The chart has two halves: BinderHub with its builder (binderhub.py) and, under `jupyterhub:`, the
whole zero-to-jupyterhub chart (jupyterhub.py). Every memory and CPU request comes from the Sizing, so the
scheduler works with the numbers that `size` prints. The image store, the list of Dataverse installations,
the disk quota, tokens, sign-in, homes and the web proxy are merged on top, each from a separate file
(image_store.py, dataverse.py and so on). The host file's release.extra_values is merged last and takes
precedence, except that its arguments for the builder (config/builder_arguments.py) and its volumes
(options/joined.py) are added to ours. After that, options/check.py checks the options that the charts'
schemas do not check.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from binder_singlenode.config import Host, builder_arguments
from binder_singlenode.config.secrets.resolve import NONE, SecretValues
from binder_singlenode.layout.names import PRIORITY_CLASS
from binder_singlenode.releases.versions import Release
from binder_singlenode.sizing.size import Sizing
from binder_singlenode.values import binderhub, jupyterhub
from binder_singlenode.values.dataverse import dataverse_values
from binder_singlenode.values.disk_quota import disk_values
from binder_singlenode.values.git_providers import provider_values
from binder_singlenode.values.homes import persistent_values
from binder_singlenode.values.image_store import store_values
from binder_singlenode.values.options.check import check_options
from binder_singlenode.values.options.joined import joined
from binder_singlenode.values.proxy import proxy_values
from binder_singlenode.values.sign_in import sign_in_values
from binder_singlenode.values.trust import trust_values

__all__ = ["PRIORITY_CLASS", "check_options", "helm_values", "merge", "to_yaml"]

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_NOT_PLAIN = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def helm_values(
    host: Host, sizing: Sizing, release: Release, secrets: SecretValues = NONE, *, roots: str = ""
) -> dict[str, Any]:
    """The values for `helm upgrade`, including secrets.
    `roots`: the PEM text of `trusted_roots`. Raises ConfigError when release.extra_values makes an
    option invalid."""
    addresses = host.addresses
    values = binderhub.binder_values(host, sizing, release, addresses)
    values["jupyterhub"] = jupyterhub.hub_values(host, sizing)
    for more in (
        disk_values(),
        store_values(host, sizing, release, addresses),
        dataverse_values(addresses),
        provider_values(host, secrets),
        sign_in_values(host, sizing, secrets),
        persistent_values(host),
        proxy_values(host, values),
        trust_values(roots),
    ):
        values = merge(values, joined(values, more))
    arguments = builder_arguments.merged(
        values["dind"]["daemonset"]["extraArgs"], builder_arguments.given(host)
    )
    merged = merge(values, joined(values, host.release.extra_values))
    # a list: the merge has replaced it
    merged = merge(merged, {"dind": {"daemonset": {"extraArgs": arguments}}})
    check_options(merged)
    return merged


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge `over` on top of `base` as helm does: mappings are merged, any other value is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(below, value) if both and below is not None else value
    return merged


def to_yaml(values: Mapping[str, Any]) -> str:
    """YAML of `values`, in their order; the same values always give the same bytes.

    Strings are quoted: helm reads YAML 1.1, where a bare `no`, `0755` or `1e3` is not a string.
    """
    writer = YAML()
    writer.default_flow_style = False
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    writer.dump(_written(values), stream)
    return stream.getvalue()


def _written(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _written(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_written(item) for item in value]
    if isinstance(value, str):
        return _text(value)
    return value


def _text(value: str) -> str:
    block = value.endswith("\n") and not value.startswith((" ", "\n")) and "\n" in value.rstrip("\n")
    plain = all(char == "\n" or char.isprintable() for char in value)
    written: str = LiteralScalarString(value) if block and plain else DoubleQuotedScalarString(value)
    return written


def _key(key: object) -> str:
    text = str(key)
    if _PLAIN_KEY.fullmatch(text) and text.lower() not in _NOT_PLAIN:
        return text
    quoted: str = DoubleQuotedScalarString(text)
    return quoted
