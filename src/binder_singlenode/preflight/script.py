"""The read-only queries of the preflight, as one shell command; facts.py reads the output.

Most sections print lines of `key<TAB>value…`; a value that the host cannot provide is absent. A section whose
name begins with "text " prints a text as it is, for a rule that parses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from binder_singlenode.base import sections
from binder_singlenode.preflight.queries import (
    disks,
    host_networks,
    network,
    packet_filters,
    places,
    resolver,
    settings,
    software,
    system,
    unit_overrides,
)

if TYPE_CHECKING:
    from binder_singlenode.config import Host

OUTBOUND = ("github.com", "get.helm.sh", "hub.jupyter.org", "quay.io", "registry-1.docker.io")
"""In this order: k3s and Caddy; helm; the chart; most images; the registry's and the builder's images."""

BEFORE = r"""
export LC_ALL=C
say() { printf '%s\t%s\n' "$1" "$2"; }
"""

_TIME = 'say time "$(date +%s)"'

_OUTBOUND = r"""
for name in @names@; do
    case $name in *:*) address=${name%:*} port=${name##*:} ;; *) address=$name port=443 ;; esac
    (timeout 8 bash -c ": </dev/tcp/$address/$port" 2>/dev/null && say=reached || say=not_reached
     printf '%s\t%s\n' $say $name) &
done
wait
exit 0
"""


def script(packages: Iterable[str], host: Host | None = None) -> str:
    """The queries; `packages` are those that the steps would install."""
    fragments = {
        **system.fragments(),
        **network.fragments(),
        **host_networks.fragments(),
        **packet_filters.fragments(),
        **disks.fragments(),
        **places.fragments(),
        **software.fragments(packages),
        **settings.fragments(),
        **(resolver.fragments(host) if host else {}),
        **unit_overrides.fragments(),
        "time": _TIME,  # last: it is compared with the clock of the computer that reads it
    }
    return sections.script(fragments, before=BEFORE.strip())


def outbound_script(names: Iterable[str] = OUTBOUND) -> str:
    """Shell that tests connections to the publishers, or to NAME:PORT (default 443); it sends no request."""
    return _OUTBOUND.replace("@names@", " ".join(names))
