"""Read a repository as typed: the one function for every command that takes a repository."""

from __future__ import annotations

import re
from dataclasses import replace

from binder_singlenode.binderhub.repository import archives, git_servers, links, other_git, typed
from binder_singlenode.binderhub.repository.model import (
    PUBLIC,
    Repository,
    Servers,
    github_spec,
    quoted_ref,
    refused,
)

# Managed accounts of companies have an underscore: user_company.
_SHORTHAND = re.compile(r"(?P<owner>[A-Za-z0-9][A-Za-z0-9_-]*)/(?P<repo>[A-Za-z0-9._-]+?)/?(?:#.*)?")


def read(text: str, ref: str | None = None, servers: Servers = PUBLIC) -> Repository:
    """The repository that a person typed or pasted, at `ref` (default: what the address says, else HEAD).

    Raises LaunchError when BinderHub cannot read it, or when it is unclear what is meant.
    """
    quoted_ref(ref)
    text = typed.cleaned(text)
    return replace(_read(text, ref, servers), name=typed.without_login(text))


def _read(text: str, ref: str | None, servers: Servers) -> Repository:
    if found := archives.read_text(text):
        return _of_archive(found, ref)
    if (short := _SHORTHAND.fullmatch(text)) and short["repo"] not in (".", ".."):
        return Repository(github_spec((short["owner"], short["repo"]), ref))
    return _by_address(git_servers.usual(typed.address(text)), ref, servers)


def build_url(base_url: str, repo: str | Repository, ref: str | None = None) -> str:
    """The address whose event stream builds and launches `repo`. Raises LaunchError as read()."""
    return f"{base_url.rstrip('/')}/build/{provider_spec(repo, ref)}"


def provider_spec(repo: str | Repository, ref: str | None = None) -> str:
    """`<provider>/<spec>` as BinderHub expects it, quoted for a URL. Raises LaunchError as read()."""
    return (read(repo, ref) if isinstance(repo, str) else repo).spec


def _by_address(address: typed.Address, ref: str | None, servers: Servers) -> Repository:
    def again(text: str, linked: str | None) -> Repository:
        return _by_address(typed.address(text), linked, servers)

    if found := links.read(address, ref, servers, again):
        return _of_archive(found, ref) if found.spec.startswith(links.ARCHIVES) else found
    if found := git_servers.read(address, ref, servers):
        return found
    if found := archives.read(address):
        return _of_archive(found, ref)
    if address.site not in (PUBLIC.github, PUBLIC.gitlab) and (found := archives.read_ckan(address)):
        return _of_archive(found, ref)
    return other_git.read(address, ref)


def _of_archive(found: Repository, ref: str | None) -> Repository:
    """A DOI or dataset names one version, so it takes no ref."""
    if ref is not None:
        raise refused(f"{found.spec} names one version already", "leave out --ref")
    return found
