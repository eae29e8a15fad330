"""What is known of a repository, and the git servers that a BinderHub knows by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from binder_singlenode.errors import LaunchError

if TYPE_CHECKING:
    from binder_singlenode.config import Host

DEFAULT_REF = "HEAD"  # resolves to the default branch with every git provider
# what git check-ref-format refuses; git would read a leading dash as an option
_BAD_REF = re.compile(r"^-|\.\.|[\x00-\x20\x7f~^:?*\[\\]|@\{|//|/$|\.$")
FORMS = (
    "write owner/repo (GitHub), the web or clone address of a git repository, a gist's address, a DOI, "
    "or a link https://…/v2/…; give a branch, tag or commit with --ref"
)


@dataclass(frozen=True)
class Repository:
    """What BinderHub is asked for."""

    spec: str
    """`<provider>/<spec>` as in the path of a launch link, quoted for a URL."""
    path: str = ""
    """What to open in the session, relative to its address; empty: its start page."""
    notes: tuple[str, ...] = ()
    """Sentences about what was assumed."""
    name: str = ""
    """As typed, without a login: for output."""


@dataclass(frozen=True)
class Servers:
    """The DNS names of the servers that BinderHub's providers `gh` and `gl` stand for."""

    github: str = "github.com"
    gitlab: str = "gitlab.com"
    own: tuple[str, ...] = ()
    """The public names of this BinderHub: the links to them are its own."""

    @classmethod
    def of(cls, host: Host) -> Servers:
        """The servers in a host file."""
        links = urlsplit(host.base_url).hostname or ""
        names = {name.lower() for name in (*host.names, links)}
        return cls(host.github.host.lower(), host.gitlab.host.lower(), tuple(sorted(names)))


PUBLIC = Servers()
"""The servers of mybinder.org, and of a BinderHub without settings of its own."""


def segment(text: str) -> str:
    """`text` quoted as one segment of a path."""
    return quote(text, safe="")


def refused(what: str, hint: str = FORMS) -> LaunchError:
    """The error for an address that is refused before anything is sent."""
    return LaunchError(what, hint=hint)


def quoted_ref(ref: str | None) -> str:
    """`ref` for a spec. Raises LaunchError when git would not accept it."""
    ref = DEFAULT_REF if ref is None else ref
    if not ref or _BAD_REF.search(ref):
        raise refused(f"{ref!r} cannot be a git ref", "give a branch, a tag or a commit")
    return quote(ref, safe="/")


def github_spec(path: Sequence[str], ref: str | None) -> str:
    """gh/OWNER/REPO/REF"""
    owner, repo = path
    return f"gh/{segment(owner)}/{segment(plain(repo))}/{quoted_ref(ref)}"


def gitlab_spec(path: Sequence[str], ref: str | None) -> str:
    """gl/NAMESPACE/REF: GitLab's groups nest, so the project's whole path is one segment."""
    namespace = "/".join([*path[:-1], plain(path[-1])])
    return f"gl/{segment(namespace)}/{quoted_ref(ref)}"


def git_spec(address: str, ref: str | None) -> str:
    """git/ADDRESS/REF"""
    return f"git/{segment(address)}/{quoted_ref(ref)}"


def plain(repo: str) -> str:
    """The repository's name without .git."""
    return repo.removesuffix(".git")
