"""Checks of values that have a grammar of their own: lists of repositories, networks, regular expressions."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from binder_singlenode.values.options.types import Check

NETWORK = 'it must be a network, as "192.0.2.0/24"'


def regex(value: Any) -> str | None:
    """A regular expression of Python."""
    if not isinstance(value, str):
        return "it must be a text with a regular expression"
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        return f"it must be a regular expression ({error})"
    return None


def regexes(compared: str = "", hopeless: str = "") -> Check:
    """A list of regular expressions for repositories.

    compared: what BinderHub compares them with; hopeless: a regular expression for those that never match it.
    """

    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return "it must be a list of regular expressions"
        return next(filter(None, (_specs(item, compared, hopeless) for item in value)), None)

    return check


def spec_config(compared: str = "", hopeless: str = "") -> Check:
    """BinderHub's settings for single repositories: a list of mappings with a pattern and a config."""

    def check(value: Any) -> str | None:
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            return "it must be a list; each item is a mapping with pattern: and config:"
        return next(filter(None, (_pair(item, compared, hopeless) for item in value)), None)

    return check


def _pair(item: Mapping[str, Any], compared: str, hopeless: str) -> str | None:
    config = item.get("config")
    if set(item) != {"pattern", "config"} or not isinstance(config, Mapping):
        return "each item must have pattern: (a regular expression) and config: (a mapping), and nothing else"
    quota = config.get("quota", 0)
    if type(quota) is not int or quota < 0:
        return "quota must be a whole number from 0 on"
    return _specs(item["pattern"], compared, hopeless)


def _specs(pattern: Any, compared: str, hopeless: str) -> str | None:
    if problem := regex(pattern):
        return f"{pattern!r}: {problem}"
    if hopeless and re.match(hopeless, pattern, re.IGNORECASE):
        return f"{pattern!r} never matches: BinderHub compares it with {compared}"
    return None


def ban_networks(value: Any) -> str | None:
    """BinderHub's list of networks that may not launch: network -> label."""
    if not isinstance(value, Mapping):
        return "it must be a mapping of networks to labels"
    return next(filter(None, (strict_network(key) for key in value)), None)


def strict_network(value: Any) -> str | None:
    """A network, written with its own first address."""
    return _network(value, ipaddress.ip_network)


def network(value: Any) -> str | None:
    """A network, as Kubernetes takes it."""
    return _network(value, lambda text: ipaddress.ip_network(text, strict=False))


def _network(value: Any, read: Callable[[str], Any]) -> str | None:
    if not isinstance(value, str):
        return f"{value!r}: {NETWORK}"
    try:
        read(value)
    except ValueError as error:
        return f"{NETWORK} ({error})"
    return None


def addresses(value: Any) -> str | None:
    """A list of IP addresses."""
    try:
        fits = isinstance(value, list) and all(ipaddress.ip_address(item) for item in value)
    except ValueError:
        fits = False
    return None if fits else "it must be a list of IP addresses"
