"""What is known about the host during one run, asked for as seldom as honesty allows.

The first question brings the answers to all (one round trip). A change forgets what it may have touched,
and only that is asked again. provision/connection.py forgets everything between the plan and its execution.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

from binder_singlenode.deploy.facts import parse
from binder_singlenode.deploy.facts import survey as facts_survey
from binder_singlenode.deploy.facts.parse import ClusterSeen, FileSeen, UnitSeen

if TYPE_CHECKING:
    from pyinfra.api.host import Host

_KEY = "binder_look"
T = TypeVar("T")


@dataclass(frozen=True)
class FileChange:
    """A file that an operation will write: what `plan` needs to show a diff."""

    path: str
    content: str = field(repr=False)
    secret: bool


class Look:
    """The knowledge about one host; one object per pyinfra State."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        self._lines: dict[str, list[str]] = {}
        self._parsed: dict[str, object] = {}
        self.changes: dict[str, FileChange] = {}
        """By operation: the files it will write."""
        self.waits: set[str] = set()
        """Operations that only wait: what they wait for is the doing of others, so they change nothing."""

    def files(self) -> dict[str, FileSeen]:
        """Path -> what is there."""
        return self._section("files", parse.files)

    def stamps(self) -> dict[str, str]:
        """Name -> note."""
        return self._section("stamps", parse.stamps)

    def units(self) -> dict[str, UnitSeen]:
        """Unit -> state."""
        return self._section("units", parse.units)

    def sysctls(self) -> dict[str, str]:
        """Key as a path (net/ipv4/ip_forward) -> running value."""
        return self._section("sysctls", lambda lines: parse.pairs(lines, ":"))

    def modules(self) -> frozenset[str]:
        """Names of those of our modules that the kernel has."""
        return self._section("modules", lambda lines: frozenset(line.strip() for line in lines))

    def packages(self) -> dict[str, str]:
        """Package -> dpkg's status ("ii" = installed)."""
        return self._section("packages", lambda lines: parse.pairs(lines, "\t"))

    def firewall(self) -> bool:
        """Whether our table is in the kernel as our file has it."""
        return self._section("firewall", lambda lines: "loaded" in list(lines))

    def users(self) -> frozenset[str]:
        """Which of our system users exist."""
        return self._section("users", frozenset)

    def homes(self) -> int:
        """How many homes are mounted."""
        return self._section("homes", lambda lines: int("".join(lines) or 0))

    def cluster(self) -> ClusterSeen:
        """What the API tells."""
        return self._section("cluster", parse.cluster)

    def forget(self, *sections: str) -> None:
        """After a change: ask again when next needed. The cluster is always forgotten: all bears on it."""
        for name in (*sections, "cluster"):
            self._lines.pop(name, None)
            self._parsed.pop(name, None)

    def forget_file(self, path: str) -> None:
        """After writing one file of our own: nothing else about files can have changed."""
        self.files().pop(path, None)
        self.forget()

    def forget_stamp(self, name: str) -> None:
        """After removing one note."""
        self.stamps().pop(name, None)

    def forget_all(self) -> None:
        """Start anew, with one question."""
        self._lines.clear()
        self._parsed.clear()

    def _section(self, name: str, parse: Callable[[Iterable[str]], T]) -> T:
        if name not in self._parsed:
            if name not in self._lines:
                self._ask([name] if self._lines else list(facts_survey.SECTIONS))
            self._parsed[name] = parse(self._lines.get(name, []))
        return cast(T, self._parsed[name])

    def _ask(self, names: list[str]) -> None:
        told = self._host.get_fact(facts_survey.Survey, sections=",".join(names))
        for name in names:
            self._lines[name] = told.get(name, [])


def look(host: "Host") -> Look:
    """The host's Look, made at first use."""
    data = host.connector_data
    if _KEY not in data:
        data[_KEY] = Look(host)
    return cast(Look, data[_KEY])
