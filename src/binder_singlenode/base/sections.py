"""Several queries to a host in one command: shell fragments in, the lines of each one out.

Every query of more than one thing uses it (preflight, survey, `status`, `down`): a round trip over ssh costs
more than most queries.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

SEPARATOR = "##binder "


def script(fragments: Mapping[str, str], before: str = "") -> str:
    """A script that prints each section's name and runs its fragment in a subshell; it always exits 0.

    What a host cannot report is missing in the output; that is never a failure. `before` sets variables.
    """
    parts = [f"echo '{SEPARATOR}{name}'; ({fragment}\n)" for name, fragment in fragments.items()]
    return "\n".join([*([before] if before else []), *parts, "exit 0"])


def command(script: str) -> str:
    """The script as one command for any login shell."""
    return f"LC_ALL=C sh -c {shlex.quote(script)}"


def split(lines: Iterable[str]) -> dict[str, list[str]]:
    """Section name -> its lines."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith(SEPARATOR):
            current = found.setdefault(line.removeprefix(SEPARATOR), [])
        else:
            current.append(line)
    return found


def blocks(lines: Iterable[str]) -> list[dict[str, str]]:
    """The properties that `systemctl show` prints: a block per unit, separated by blank lines."""
    found: list[dict[str, str]] = [{}]
    for line in lines:
        key, mark, value = line.partition("=")
        if mark:
            found[-1][key] = value
        elif not line.strip() and found[-1]:
            found.append({})
    return [block for block in found if block]
