"""The preflight's facts as plain data: the lines `key<TAB>value…` and the texts that script.py prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from binder_singlenode.base import sections
from binder_singlenode.layout.shares import Share


@dataclass(frozen=True)
class Disk:
    """The file system that holds a path."""

    path: str
    mount: str
    size_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class ShareDisk:
    """The file system that holds a share of the disk budget, or will hold it. size_bytes: without root's
    reserve. inodes_total 0: the file system has no fixed number of inodes."""

    share: Share
    mount: str
    source: str
    size_bytes: int
    free_bytes: int
    kind: str
    inodes_total: int
    inodes_free: int


@dataclass(frozen=True)
class Listener:
    """The program that listens on a port that binder-singlenode needs."""

    port: int
    program: str
    pid: str
    unit: str


TEXT = "text "
"""Sections whose name begins with this are texts, not rows."""


class Facts:
    """The output rows by key, and the texts by name."""

    def __init__(self, lines: Iterable[str], asked_at_s: float) -> None:
        self._lines = list(lines)
        told = sections.split([f"{sections.SEPARATOR}rows", *self._lines])
        self._texts = {name: text for name, text in told.items() if name.startswith(TEXT)}
        rows = [line for name, part in told.items() if name not in self._texts for line in part]
        self._rows = [line.split("\t") for line in rows if "\t" in line]
        self.asked_at_s = asked_at_s
        """This computer's clock when the host answered."""

    def and_more(self, text: str) -> Facts:
        """These facts and those in the output of further queries."""
        return Facts([*self._lines, f"{sections.SEPARATOR}rows", *text.splitlines()], self.asked_at_s)

    def text(self, name: str) -> list[str]:
        """The lines of a text; none if the host did not provide it."""
        return self._texts.get(f"{TEXT}{name}", [])

    def one(self, key: str) -> str:
        """The first value, or ""."""
        return next((row[1] for row in self._rows if row[0] == key), "")

    def all(self, key: str) -> list[str]:
        """All values."""
        return [row[1] for row in self._rows if row[0] == key]

    def rows(self, key: str) -> list[list[str]]:
        """The values after the key, for each line with this key."""
        return [row[1:] for row in self._rows if row[0] == key]

    def number(self, key: str) -> int:
        """The first value as a number, or 0."""
        value = self.one(key)
        return int(value) if value.isdigit() else 0

    @property
    def disks(self) -> list[Disk]:
        """One per queried path."""
        rows = [row for row in self._rows if row[0] == "disk" and len(row) == 5]
        return [Disk(row[1], row[2], *(_number(word) for word in row[3:])) for row in rows]

    @property
    def share_disks(self) -> list[ShareDisk]:
        """One per share of the disk budget."""
        rows = [row for row in self._rows if row[0] == "share" and len(row) == 9]
        return [
            ShareDisk(
                Share(row[1]),
                mount=row[2],
                source=row[3],
                size_bytes=_number(row[4]),
                free_bytes=_number(row[5]),
                kind=row[6],
                inodes_total=_number(row[7]),
                inodes_free=_number(row[8]),
            )
            for row in rows
        ]

    @property
    def listeners(self) -> list[Listener]:
        """One per program and port; IPv4 and IPv6 of one program count once."""
        rows = [row for row in self._rows if row[0] == "port" and len(row) == 5]
        found = [Listener(int(row[1]), row[2], row[3], row[4]) for row in rows]
        return list(dict.fromkeys(found))

    @property
    def api_address(self) -> str:
        """Address of the service `kubernetes`, the first of the services' network; or ""."""
        return next((row[2] for row in self._rows if row[:2] == ["service", "kubernetes"]), "")

    @property
    def nodes(self) -> dict[str, str]:
        """Node name -> pod network, of a cluster that runs already."""
        return {row[1]: row[2] for row in self._rows if row[0] == "node" and len(row) == 3}


def _number(word: str) -> int:
    return int(word) if word.isdigit() else 0


def parse(text: str, asked_at_s: float) -> Facts:
    """Parse the output. `asked_at_s`: this computer's clock when the host answered."""
    return Facts(text.splitlines(), asked_at_s)
