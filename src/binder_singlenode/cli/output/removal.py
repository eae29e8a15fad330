"""What `down` will remove, listed before the user confirms."""

from collections.abc import Iterator

KINDS = {
    "units": "service",
    "processes": "processes of",
    "mounts": "mount",
    "links": "network interface",
    "namespaces": "network namespace",
    "table": "nftables table",
    "chains": "chain of",
    "ipsets": "ipset",
    "users": "user",
}
"""Paths are listed without a word."""
SHOWN = 8
"""Mounts, chains and ipsets can be hundreds: at most this many of each are shown, --json lists all."""
COUNTED = ("mounts", "namespaces", "chains", "ipsets")


def removal_lines(found: dict[str, list[str]]) -> Iterator[str]:
    """One line per item; of a kind in COUNTED, at most SHOWN items and the number of the others."""
    for name, lines in found.items():
        shown = lines[:SHOWN] if name in COUNTED else lines
        for line in shown:
            yield f"{KINDS[name]} {line}" if name in KINDS else line
        if len(lines) > len(shown):
            yield f"{KINDS[name]}: {len(lines) - len(shown)} more"
