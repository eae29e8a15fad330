"""The order in which the system applies sysctl files, and which line has the last word on a key.

Files of all folders go by their name; of the same name, the one in the first folder counts (sysctl.d(5)). A
key that is written out is never overridden by a pattern. /etc/sysctl.conf and ufw's file come after all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from posixpath import basename

FOLDERS = (
    "/etc/sysctl.d/",
    "/run/sysctl.d/",
    "/usr/local/lib/sysctl.d/",
    "/usr/lib/sysctl.d/",
    "/lib/sysctl.d/",
)
LAST = ("/etc/sysctl.conf", "/etc/ufw/sysctl.conf")
ALIASES = {"net/ipv4/conf/all/forwarding": "net/ipv4/ip_forward"}
"""Two names of one switch. A pattern that matches the first moves it, although the second is written out."""


@dataclass(frozen=True)
class Setting:
    """One line of one file."""

    path: str
    line: int
    key: str
    """With slashes; dots in names of interfaces stay."""
    value: str

    @property
    def is_pattern(self) -> bool:
        return re.search(r"[*?\[]", self.key) is not None


def key_of(text: str) -> str:
    """The key as a path: whichever of . and / comes first is the separator (sysctl.d(5))."""
    first = re.search("[./]", text)
    if first and first[0] == ".":
        text = text.translate(str.maketrans("./", "/."))
    return next((name for alias, name in ALIASES.items() if fnmatchcase(alias, text)), text)


def settings(rows: Iterable[list[str]]) -> list[Setting]:
    """Parse rows of PATH and NUMBER:LINE; what is no setting is left out."""
    found = []
    for row in rows:
        number, _, line = row[1].partition(":") if len(row) > 1 else ("", "", "")
        name, mark, value = line.partition("=")
        if mark and number.isdigit():
            key = key_of(name.strip().removeprefix("-").strip())
            found.append(Setting(row[0], int(number), key, " ".join(value.split())))
    return found


def later(files: Iterable[str], found: Iterable[Setting], ours: str) -> list[Setting]:
    """The settings in files that are read after `ours`, in order. `files`: all that exist, empty ones too."""
    by_name: dict[str, str] = {}
    for path in sorted(files, key=_folder):
        by_name.setdefault(basename(path), path)
    read = {path: (0, name) for name, path in by_name.items()} | {
        path: (1, str(number)) for number, path in enumerate(LAST)
    }
    place = (0, basename(ours))
    after = [each for each in found if each.path != ours and read.get(each.path, place) > place]
    return sorted(after, key=lambda each: (read[each.path], each.line))


def _folder(path: str) -> int:
    return next((number for number, folder in enumerate(FOLDERS) if path.startswith(folder)), len(FOLDERS))


def overriding(after: Iterable[Setting], wanted: dict[str, str]) -> list[Setting]:
    """The last word on each key of ours, where it is another value."""
    keys = {key_of(key): value for key, value in wanted.items()}
    last = {each.key: each for each in after if each.key in keys}
    return [each for each in last.values() if each.value != keys[each.key]]
