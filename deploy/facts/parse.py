"""Parse the survey's lines (see survey.py) into plain data. No I/O.

Each function gets the lines of one section. What a tool could not report is absent, never an error.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from posixpath import basename

from binder_singlenode.base import sections
from binder_singlenode.deploy.facts import edited
from binder_singlenode.deploy.facts.edited import Edited


@dataclass(frozen=True)
class FileSeen:
    """One path. Mode in octal without leading zero; owner as user:group; kind as stat prints it."""

    mode: str
    owner: str
    size_bytes: int
    modified: str
    inode: int
    kind: str
    sha256: str = ""

    @property
    def identity(self) -> str:
        """Changes when the file is replaced or written. Cheaper than hashing 250 MB in every run."""
        return f"{self.size_bytes}.{self.modified}.{self.inode}"


@dataclass(frozen=True)
class UnitSeen:
    """One systemd unit."""

    active: str
    enabled: str


@dataclass(frozen=True)
class ClusterSeen:
    """State reported by the API. A missing key means "not there". Without answer k3s is down or not ready."""

    answered: bool
    ready_nodes: frozenset[str]
    rollouts: dict[str, str]
    """"namespace/name" of each Deployment that is rolled out -> its digest label."""
    releases: dict[str, tuple[str, str]]
    """"namespace/name/version" of each Helm revision -> its status and its digest label."""
    applied: dict[str, str]
    """Base name of each file of objects that was applied -> digest of the file (applied.py)."""
    edited: tuple[Edited, ...]
    """Objects of these files that somebody has deleted or edited since."""
    noted_images: str
    """Digest of the bundle's image archives, once their images are noted (operations/images.py)."""
    missing_images: tuple[str, ...]
    """Images of these archives that containerd does not have any more."""

    def edited_of(self, path: str) -> tuple[Edited, ...]:
        """Those of one file."""
        return tuple(each for each in self.edited if each.file == basename(path))


def files(lines: Iterable[str]) -> dict[str, FileSeen]:
    """Path -> the file found there."""
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
    """Name of a file or unit -> the note written when it was installed or started."""
    pairs = (line.partition("\t")[2].partition(":") for line in lines if line.startswith("note\t"))
    return {name: text for name, _, text in pairs}


def units(lines: Iterable[str]) -> dict[str, UnitSeen]:
    """Unit name -> its state."""
    return {
        block.get("Id", ""): UnitSeen(block.get("ActiveState", ""), block.get("UnitFileState", ""))
        for block in sections.blocks(lines)
    }


def pairs(lines: Iterable[str], separator: str) -> dict[str, str]:
    """Parse lines of key<separator>value."""
    split = (line.partition(separator) for line in lines)
    return {key: value for key, _, value in split}


def cluster(lines: Iterable[str]) -> ClusterSeen:
    """Parse the API's rows: kind, namespace, name, digest, then columns that depend on the kind."""
    rows = [line.split("\t") for line in lines]
    items = [row for row in rows if len(row) == 9 and row[0] not in edited.ROWS]
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
        applied=edited.recorded(rows),
        edited=edited.parse(rows),
        noted_images=next((row[2] for row in rows if row[:2] == ["image", "noted"]), ""),
        missing_images=tuple(row[2] for row in rows if row[:2] == ["image", "missing"]),
    )


def _rolled_out(row: list[str]) -> bool:
    """Whether generation = observed, and wanted = updated = available (a missing count is 0)."""
    generation, observed, wanted, updated_available = row[5], row[6], row[7], row[8]
    return generation == observed and all((count or "0") == wanted for count in updated_available.split("/"))


def _revision(row: list[str]) -> tuple[str, str, str]:
    """Helm names its Secrets sh.helm.release.v1.NAME.vREVISION and stores the status in a label."""
    name, _, version = row[2].removeprefix("sh.helm.release.v1.").rpartition(".v")
    return name, version, row[4]
