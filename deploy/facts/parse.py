"""What a host looks like, as plain data: parsing of the survey's lines (see facts.py). Pure.

A line is `section<TAB>rest`. Anything that a tool could not tell is absent, never an error.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class FileSeen:
    """One path. Mode in octal without leading zero; owner as user:group; kind in stat's words."""

    mode: str
    owner: str
    size_bytes: int
    modified: str
    inode: int
    kind: str
    sha256: str = ""

    @property
    def identity(self) -> str:
        """Changes whenever the file is replaced or written: cheaper than hashing 250 MB at every run."""
        return f"{self.size_bytes}.{self.modified}.{self.inode}"


@dataclass(frozen=True)
class UnitSeen:
    """One systemd unit."""

    active: str
    enabled: str


@dataclass(frozen=True)
class ClusterSeen:
    """What the API told: absent keys mean "not there", `answered` False means k3s is down or not ready."""

    answered: bool
    ready_nodes: frozenset[str]
    rollouts: dict[str, str]
    """"namespace/name" of each Deployment that is rolled out, and the digest label it carries."""
    releases: dict[str, tuple[str, str]]
    """"namespace/name/version" of each Helm revision: its status, and the digest label it carries."""
    objects_complete: bool
    """Whether every object of the deployed release is there."""


def files(lines: Iterable[str]) -> dict[str, FileSeen]:
    """Path -> what is there."""
    rows, sums = [], {}
    for line in lines:
        fields = line.split("\t")
        if fields[0] == "stat" and len(fields) == 8:
            rows.append(fields[1:])
        elif fields[0] == "sum":
            digest, _, path = line.partition("\t")[2].partition("  ")
            sums[path] = digest
    return {
        path: FileSeen(mode, owner, int(size), modified, int(inode), kind, sums.get(path, ""))
        for path, mode, owner, size, modified, inode, kind in rows
    }


def stamps(lines: Iterable[str]) -> dict[str, str]:
    """Name -> the note written when it was installed or started."""
    pairs = (line.partition("\t")[2].partition(":") for line in lines if line.startswith("note\t"))
    return {name: text for name, _, text in pairs}


def units(lines: Iterable[str]) -> dict[str, UnitSeen]:
    """Unit name -> its state; `systemctl show` prints one block per unit, blank lines between."""
    found: dict[str, UnitSeen] = {}
    block: dict[str, str] = {}
    for line in (*lines, ""):
        key, _, value = line.partition("=")
        if value or key:
            block[key] = value
        elif block:
            found[block.get("Id", "")] = UnitSeen(
                block.get("ActiveState", ""), block.get("UnitFileState", "")
            )
            block = {}
    return found


def pairs(lines: Iterable[str], separator: str) -> dict[str, str]:
    """Lines of key<separator>value."""
    split = (line.partition(separator) for line in lines)
    return {key: value for key, _, value in split}


def cluster(lines: Iterable[str]) -> ClusterSeen:
    """The API's answer: rows of kind, namespace, name, digest, and per kind a few more."""
    rows = [line.split("\t") for line in lines]
    items = [row for row in rows if len(row) == 9]
    words = {row[0] for row in rows if len(row) == 1}
    return ClusterSeen(
        answered="answered" in words,
        ready_nodes=frozenset(row[2] for row in items if row[0] == "Node" and row[4] == "True"),
        rollouts={
            f"{row[1]}/{row[2]}": row[3] for row in items if row[0] == "Deployment" and _rolled_out(row)
        },
        releases={
            f"{row[1]}/{name}/{version}": (status, row[3])
            for row in items
            if row[0] == "Secret" and row[2].startswith("sh.helm.release.v1.")
            for name, version, status in [_revision(row)]
        },
        objects_complete="complete" in words,
    )


def _rolled_out(row: list[str]) -> bool:
    """generation = observed, and wanted = updated = available (an absent count is 0)."""
    generation, observed, wanted, updated_available = row[5], row[6], row[7], row[8]
    return generation == observed and all((count or "0") == wanted for count in updated_available.split("/"))


def _revision(row: list[str]) -> tuple[str, str, str]:
    """Helm names its Secrets sh.helm.release.v1.NAME.vREVISION and labels them with the status."""
    name, _, version = row[2].removeprefix("sh.helm.release.v1.").rpartition(".v")
    return name, version, row[4]
