"""Cache of facts about the host during one run, refreshed after each change.

The first query fetches all sections (one round trip). A change drops the sections that it may affect, and
only those are queried again. provision/run.py clears the cache between the plan and its execution.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

from binder_singlenode.deploy.facts import parse
from binder_singlenode.deploy.facts import survey as facts_survey
from binder_singlenode.deploy.facts.parse import ClusterSeen, FileSeen, UnitSeen
from binder_singlenode.layout import drop_ins
from binder_singlenode.layout.drop_ins import DropIn

if TYPE_CHECKING:
    from pyinfra.api.host import Host

_KEY = "binder_look"
T = TypeVar("T")


@dataclass(frozen=True)
class FileChange:
    """File that an operation will write; `plan` shows its diff."""

    path: str
    content: str = field(repr=False)
    secret: bool


class Look:
    """Cached facts about one host; one object per pyinfra State."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        self._lines: dict[str, list[str]] = {}
        self._parsed: dict[str, object] = {}
        self.changes: dict[str, FileChange] = {}
        """Operation hash -> the file that the operation will write."""
        self.waits: set[str] = set()
        """Hashes of operations that only wait for Kubernetes; they do not count as changes."""

    def files(self) -> dict[str, FileSeen]:
        """Path -> the file found there."""
        return self._section("files", parse.files)

    def stamps(self) -> dict[str, str]:
        """Name -> content of the note in paths.INSTALLED."""
        return self._section("stamps", parse.stamps)

    def units(self) -> dict[str, UnitSeen]:
        """Unit -> state."""
        return self._section("units", parse.units)

    def drop_ins(self) -> tuple[DropIn, ...]:
        """Files by which somebody changes the units."""
        return self._section("drop_ins", drop_ins.parse)

    def sysctls(self) -> dict[str, str]:
        """Key as a path (net/ipv4/ip_forward) -> running value."""
        return self._section("sysctls", lambda lines: parse.pairs(lines, ":"))

    def modules(self) -> frozenset[str]:
        """Required kernel modules that are loaded or built in."""
        return self._section("modules", lambda lines: frozenset(line.strip() for line in lines))

    def packages(self) -> dict[str, str]:
        """Package -> dpkg's status ("ii" = installed)."""
        return self._section("packages", lambda lines: parse.pairs(lines, "\t"))

    def firewall(self) -> bool:
        """Whether the nftables table in the kernel equals the rules file."""
        return self._section("firewall", lambda lines: "loaded" in list(lines))

    def resolver(self) -> bool:
        """Whether the pods' resolv.conf is as the host's script would write it."""
        return self._section("resolver", lambda lines: "same" in list(lines))

    def users(self) -> frozenset[str]:
        """Existing users, of those that the steps declare."""
        return self._section("users", frozenset)

    def homes(self) -> int:
        """Number of mounted homes."""
        return self._section("homes", lambda lines: int("".join(lines) or 0))

    def cluster(self) -> ClusterSeen:
        """State of the cluster, as the Kubernetes API reports it."""
        return self._section("cluster", parse.cluster)

    def forget(self, *sections: str) -> None:
        """Drop sections after a change, and always `cluster`, because every change may affect it."""
        for name in (*sections, "cluster"):
            self._lines.pop(name, None)
            self._parsed.pop(name, None)

    def forget_file(self, path: str) -> None:
        """Drop one path after a change there; no other file can have changed."""
        self.files().pop(path, None)
        self.forget()

    def forget_stamp(self, name: str) -> None:
        """Drop one note after it was removed."""
        self.stamps().pop(name, None)

    def forget_all(self) -> None:
        """Clear the cache; the next query fetches all sections."""
        self._lines.clear()
        self._parsed.clear()

    def _section(self, name: str, parse: Callable[[Iterable[str]], T]) -> T:
        if name not in self._parsed:
            if name not in self._lines:
                self._ask([name] if self._lines else list(facts_survey.SECTIONS))
            self._parsed[name] = parse(self._lines.get(name, []))
        return cast(T, self._parsed[name])

    def _ask(self, names: list[str]) -> None:
        told = self._host.get_fact(facts_survey.Survey, names=",".join(names))
        for name in names:
            self._lines[name] = told.get(name, [])


def look(host: "Host") -> Look:
    """Return the host's Look; it is created at first use."""
    data = host.connector_data
    if _KEY not in data:
        data[_KEY] = Look(host)
    return cast(Look, data[_KEY])
