"""Arguments for dockerd, which builds images: the host file's, and how they join those of this program.

Helm replaces lists. So release.extra_values would take away every argument that builds depend on.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from binder_singlenode.errors import ConfigError

if TYPE_CHECKING:
    from binder_singlenode.config import Host

KEY = "dind.daemonset.extraArgs"
BRIDGE = "--bip"
REPEATABLE = frozenset({"--insecure-registry", "--registry-mirror"})
"""dockerd takes several of these: the host file's come in addition."""
REPLACEABLE = frozenset({BRIDGE, "--mtu", "--max-concurrent-uploads"})
"""Of these the host file's is used. All others of ours keep builds inside their limits, or in their store."""

CHARTS = frozenset({"-H", "--host", "-s", "--storage-driver", "-b", "--bridge", "--iptables"})
"""The chart sets the socket and the storage driver; --bip and the rules for RUN need dockerd's own bridge."""


def given(host: Host) -> list[str]:
    """The arguments in release.extra_values, each as `--name=value`. Raises ConfigError if not a list of
    texts."""
    found: Any = host.release.extra_values
    for name in KEY.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if found is None:
        return []
    if not isinstance(found, list | tuple) or not all(isinstance(word, str) for word in found):
        raise _refused("must be a list of arguments of dockerd, each in quotes")
    return _joined(found)


def _joined(words: Sequence[str]) -> list[str]:
    """`--name value` as `--name=value`."""
    joined: list[str] = []
    for word in words:
        if not word.startswith("-") and joined and "=" not in joined[-1]:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def name_of(argument: str) -> str:
    """`--name` of an argument."""
    return argument.partition("=")[0]


def merged(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Our arguments and the host file's. Raises ConfigError for one that would replace what builds need."""
    own = {name_of(argument) for argument in ours}
    for argument in theirs:
        name = name_of(argument)
        if name in (own | CHARTS) - REPEATABLE - REPLACEABLE:
            raise _refused(f"{name} is set by this program, and builds depend on it")
    replaced = {name_of(argument) for argument in theirs} - REPEATABLE
    kept = [argument for argument in ours if name_of(argument) not in replaced]
    return list(dict.fromkeys([*kept, *theirs]))


def bridge(host: Host) -> str:
    """Address and prefix length of the builder's bridge: the host file's, or ours. Raises ConfigError."""
    values = [word.partition("=")[2] for word in given(host) if name_of(word) == BRIDGE]
    text = values[-1] if values else host.addresses.builder_bridge
    try:
        ipaddress.IPv4Interface(text)
    except ValueError as error:
        raise _refused(f"{BRIDGE}: {error}") from error
    return text


def _refused(what: str) -> ConfigError:
    return ConfigError(
        f"{KEY}: {what}",
        where="release.extra_values",
        hint="what is there is added to this program's arguments, which need not be repeated;"
        f" {BRIDGE}=ADDRESS/PREFIX moves the builder's bridge",
    )
