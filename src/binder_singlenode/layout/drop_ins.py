"""Files by which somebody changes units of binder-singlenode: `systemctl edit`, `systemctl set-property`.

systemd merges each file UNIT.d/*.conf into the unit (man systemd.unit). Most of what people set there is
theirs to decide, such as more environment or a longer timeout. Settings that decide what the unit does are
not.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from binder_singlenode.layout.paths import K3S_UNIT

FOLDERS = (
    "/etc/systemd/system",
    "/etc/systemd/system.control",
    "/run/systemd/system",
    "/run/systemd/system.control",
)
"""Where administrators' files are; those of the distribution are in /usr/lib."""
_DECISIVE = (
    *("Exec", "Condition", "Assert", "On", "Type", "KillMode", "Delegate", "User", "Group", "DynamicUser"),
    *("Root", "Unit", "MemoryMax", "MemoryHigh", "Refuse", "Private", "Protect", "RemainAfterExit"),
)
"""Beginnings of the settings that decide what a unit does, when it runs, and what it may."""
MOVED = ".moved-by-binder"
"""Appended to a file's name; systemd reads only names that end in .conf."""


@dataclass(frozen=True)
class DropIn:
    """One file, the unit that it changes (or all of them: "service", "binder-.timer"), and its settings."""

    path: str
    unit: str
    settings: tuple[str, ...]

    @property
    def decisive(self) -> tuple[str, ...]:
        """Settings that change what the unit does."""
        return tuple(name for name in self.settings if name.startswith(_DECISIVE))

    def __str__(self) -> str:
        return f"{self.path} changes {', '.join(self.decisive or self.settings)} of {self.unit}"


def script() -> str:
    """Shell that prints each line with a setting, after its file's path and a colon."""
    names = (K3S_UNIT, "binder*", "service", "timer", "slice")
    patterns = " ".join(f"{folder}/{name}.d/*.conf" for folder in FOLDERS for name in names)
    return f"grep -HE '^[[:space:]]*[A-Za-z]+[[:space:]]*=' -- {patterns} 2>/dev/null"


def parse(lines: Iterable[str]) -> tuple[DropIn, ...]:
    """The files, from the script's lines."""
    found: dict[str, list[str]] = {}
    for line in lines:
        path, _, setting = line.partition(":")
        name = setting.partition("=")[0].strip()
        if name and name not in found.setdefault(path, []):
            found[path].append(name)
    return tuple(DropIn(path, _unit(path), tuple(names)) for path, names in found.items())


def _unit(path: str) -> str:
    return path.split("/")[-2].removesuffix(".d")
