"""A parsed YAML text: plain values, the position of each key and value, and syntax problems."""

from dataclasses import dataclass, field
from typing import Any

from binder_singlenode.config.messages.problems import Mark, Problem

# The annotated example is 11 kB. These three also limit the pure-Python parser to one second.
SIZE_MAX_BYTES = 64 * 1024
DEPTH_MAX = 20
# The binderhub chart and its subcharts have about a thousand values.
VALUES_MAX = 3000

Path = tuple[str | int, ...]


@dataclass
class Document:
    """A parsed text. After a syntax error, `value` is None and `problems` has the reason."""

    lines: list[str]
    value: Any = None
    keys: dict[Path, Mark] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, mark: Mark, path: Path, message: str, hint: str | None = None) -> None:
        """Record a problem at `mark`."""
        self.problems.append(Problem(message, key=dotted(path), hint=hint, mark=mark))


def dotted(path: Path) -> str:
    """The path as text: ssh.port, release.extra_values.hosts[0]"""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


def too_large() -> Problem:
    """The problem of a file above SIZE_MAX_BYTES."""
    return Problem(
        f"this file is larger than {SIZE_MAX_BYTES // 1024} KiB",
        hint="a host file has a page or two: is it another file?",
    )
