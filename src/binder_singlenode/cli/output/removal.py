"""What `down` has found, for people to read before they say yes."""

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
"""Paths need no word."""
SHOWN = 8
"""Mounts, chains and ipsets go into the hundreds: some are shown, and --json has them all."""
COUNTED = ("mounts", "namespaces", "chains", "ipsets")


def removal_lines(found: dict[str, list[str]]) -> Iterator[str]:
    """One line for each thing, or for some of a kind and how many more there are."""
    for name, lines in found.items():
        shown = lines[:SHOWN] if name in COUNTED else lines
        for line in shown:
            yield f"{KINDS[name]} {line}" if name in KINDS else line
        if len(lines) > len(shown):
            yield f"{KINDS[name]}: {len(lines) - len(shown)} more"
