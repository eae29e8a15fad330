"""Tables, chains and rules of a packet filter, and the packet that is sent through them.

Rules have the form of nft's JSON (man libnftables-json), those of iptables too: iptables_save.py translates.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Statement = Mapping[str, Any]

UNKNOWN = "unknown"
"""Key of a statement that stands for a match which is not understood; its value is the text."""


@dataclass(frozen=True)
class Anyone:
    """An address that is not known, but is in none of these networks."""

    outside: tuple[ipaddress.IPv4Network, ...]


@dataclass(frozen=True)
class Packet:
    """One packet at one hook. None: any value, so what depends on it is not known."""

    hook: str
    protocol: str = "tcp"
    saddr: str | Anyone | None = None
    daddr: str | None = None
    iif: str | None = None
    oif: str | None = None
    dport: int = 0
    sport: int = 40000
    """Of a client: in the middle of Linux' own range."""
    state: str = "new"
    to_host: bool = True
    """Its destination is the host itself."""
    from_host: bool = False
    dnat: bool | None = False
    """Whether its destination was rewritten (kube-proxy does that for Services)."""
    version: int = 4


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule: `statements` in order, the last ones are its verdict. `text`: as a user can find it."""

    statements: tuple[Statement, ...]
    text: str


@dataclass
class Chain:
    """One chain; with a hook, a base chain. `device`: of the hook ingress."""

    name: str
    hook: str = ""
    kind: str = "filter"
    priority: int = 0
    policy: str = "accept"
    device: str = ""
    rules: list[Rule] = field(default_factory=list)


@dataclass
class Table:
    """One table. `tool`: nft, iptables, ip6tables, iptables-legacy or ip6tables-legacy."""

    family: str
    name: str
    tool: str = "nft"
    chains: dict[str, Chain] = field(default_factory=dict)
    sets: dict[str, list[Any]] = field(default_factory=dict)
    """Elements of sets and maps."""

    @property
    def title(self) -> str:
        """As the tool names it."""
        return (
            f"{self.tool} table {self.family} {self.name}"
            if self.tool == "nft"
            else f"{self.tool} table {self.name}"
        )

    def covers(self, version: int) -> bool:
        """Whether packets of this IP version meet its chains."""
        return self.family in ("inet", "netdev") or self.family == ("ip" if version == 4 else "ip6")
