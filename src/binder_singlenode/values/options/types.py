"""Checks of one option's value by the rules of traitlets, which converts no types: "5" is not an integer.

A check returns None, or a phrase that says what the option must be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], str | None]


def options(check: Check, names: str) -> dict[str, Check]:
    """The options `names` (with spaces between them), all with the same check."""
    return dict.fromkeys(names.split(), check)


def _or_null(check: Check) -> Check:
    """The check, or null."""
    return lambda value: None if value is None else check(value)


_BYTES = re.compile(r"-?[0-9]+(\.[0-9]+)?[KMGT]")
_KUBERNETES = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|[KMGTPE]i)?")


def whole(low: int = 0) -> Check:
    """An integer from `low` on."""

    def check(value: Any) -> str | None:
        fits = type(value) is int and value >= low
        return None if fits else f"it must be a whole number from {low} on"

    return check


def whole_or_null(value: Any) -> str | None:
    """An integer from 0 on, or null."""
    return (
        None if value is None or (type(value) is int and value >= 0) else "it must be a whole number or null"
    )


def number(value: Any) -> str | None:
    """An integer or float from 0 on."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return None if fits else "it must be a number from 0 on"


def switch(value: Any) -> str | None:
    """true or false."""
    return None if isinstance(value, bool) else "it must be true or false"


def text(value: Any) -> str | None:
    """A string."""
    return None if isinstance(value, str) else "it must be a text"


def text_or_null(value: Any) -> str | None:
    """A string or null."""
    return None if value is None or isinstance(value, str) else "it must be a text or null"


def mapping(value: Any) -> str | None:
    """A dict."""
    return None if isinstance(value, Mapping) else "it must be a mapping"


def sequence(value: Any) -> str | None:
    """A list."""
    return None if isinstance(value, list) else "it must be a list"


def sequence_or_mapping(value: Any) -> str | None:
    """A list or a dict."""
    return None if isinstance(value, list | Mapping) else "it must be a list or a mapping"


def command(value: Any) -> str | None:
    """A program with its arguments: a string, or a list of strings."""
    return None if isinstance(value, str) or texts(value) is None else "it must be a text or a list of texts"


def in_code(value: Any) -> str | None:
    """A function: it has no form in YAML."""
    return None if value is None else "it must be a Python function, which goes into extraConfig"


def texts(value: Any) -> str | None:
    """A list of strings."""
    fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return None if fits else "it must be a list of texts"


def text_mapping(value: Any) -> str | None:
    """A dict of strings, such as environment variables: a number there is refused by Kubernetes."""
    fits = isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())
    return None if fits else "it must be a mapping of texts"


def size(value: Any) -> str | None:
    """ByteSpecification: a number, or digits and one of K M G T. The strings "0" and "1Gi" are refused."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None
    fits = isinstance(value, str) and _BYTES.fullmatch(value) is not None
    return None if fits else "it must be a number of bytes, or a text with K, M, G or T (1G = 1024^3)"


def url(value: Any) -> str | None:
    """An http(s) URL."""
    fits = isinstance(value, str) and re.match(r"https?://[^/\s]+", value) is not None
    return None if fits else "it must be a URL with http:// or https://"


def image_prefix(value: Any) -> str | None:
    """registry/prefix: the part before the first slash must look like a host, or it means Docker Hub."""
    fits = isinstance(value, str) and re.fullmatch(r"[a-z0-9.-]*[.:][a-z0-9.:-]*/[a-z0-9._/-]*", value)
    return None if fits else "it must be registry/prefix in lower case, with a dot or port in the registry"


def build_resources(value: Any) -> str | None:
    """Kubernetes' requests and limits."""
    if not isinstance(value, Mapping) or set(value) - {"requests", "limits"}:
        return "it must be a mapping of requests and limits"
    for part in value.values():
        if not isinstance(part, Mapping) or not all(_is_quantity(item) for item in part.values()):
            return "its requests and limits must be quantities of Kubernetes, such as 2G, 512Mi or 100m"
    return None


def _is_quantity(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) or (
        isinstance(value, str) and _KUBERNETES.fullmatch(value) is not None
    )


def anything(value: Any) -> str | None:
    """Not checked."""
    return None


def retired(value: Any) -> str | None:
    """BinderHub.pod_quota: refused, because it still works and would override the computed quota."""
    return "it must be left out, LaunchQuota.total_quota has taken its place"


def unblocked(value: Any) -> str | None:
    """Authenticator.blacklist: JupyterHub knows the old name, but has no such option any more."""
    return "it is called blocked_users; with the old name nobody is blocked"


number_or_null = _or_null(number)
switch_or_null = _or_null(switch)
mapping_or_null = _or_null(mapping)
command_or_null = _or_null(command)
texts_or_text = command
