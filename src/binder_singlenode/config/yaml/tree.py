"""What a YAML text says: plain values, where each key and value stands, and what is wrong with its form."""

from dataclasses import dataclass, field
from typing import Any

from binder_singlenode.config.messages.problems import Mark, Problem

# The annotated example is 5 kB. These three also bound the time of the pure-Python reader to a second.
SIZE_MAX_BYTES = 64 * 1024
DEPTH_MAX = 20
# All values of the binderhub chart and its parts are about a thousand.
VALUES_MAX = 3000

Path = tuple[str | int, ...]


@dataclass
class Document:
    """What a text says. With a syntax error, `value` is None and `problems` says why."""

    lines: list[str]
    value: Any = None
    keys: dict[Path, Mark] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, mark: Mark, path: Path, message: str, hint: str | None = None) -> None:
        """Remembers a problem at `mark`."""
        self.problems.append(Problem(message, key=dotted(path), hint=hint, mark=mark))


def dotted(path: Path) -> str:
    """ssh.port, release.extra_values.hosts[0]"""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


def too_large() -> Problem:
    """The problem of a file above SIZE_MAX_BYTES."""
    return Problem(
        f"this file is larger than {SIZE_MAX_BYTES // 1024} KiB",
        hint="a host file has a page or two: is it another file?",
    )
