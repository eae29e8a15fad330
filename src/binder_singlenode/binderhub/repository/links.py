"""Launch links, https://HUB/v2/PROVIDER/SPEC?urlpath=…: those of this BinderHub, and of any other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

from binder_singlenode.binderhub.repository.model import (
    PUBLIC,
    Repository,
    Servers,
    git_spec,
    refused,
)
from binder_singlenode.binderhub.repository.typed import Address, without_login

_LINK = re.compile(r"(?:/[^/]+){0,2}?/(?:v2|build)/(?P<provider>[a-z0-9]+)/(?P<spec>.+)")
ARCHIVES = ("zenodo", "figshare", "dataverse", "hydroshare", "ckan")
_UNSAFE_PATH = "/?&=%:#~@+,;!$'()*"

Again = Callable[[str, str | None], Repository]
"""Reads the address of a repository."""


def read(address: Address, ref: str | None, servers: Servers, again: Again) -> Repository | None:
    """The repository of a launch link, or None. On another hub, `gl` is gitlab.com and `gh` github.com."""
    link = _LINK.fullmatch(address.raw_path)
    if not link or address.site in (servers.gitlab, servers.github, *_public_sites()):
        return None
    source = servers if address.host in servers.own else PUBLIC
    found = _repository(link["provider"], link["spec"], ref, source, again)
    return Repository(found.spec, _path(address.query), found.notes)


def _public_sites() -> tuple[str, str]:
    return PUBLIC.gitlab, PUBLIC.github


def _repository(provider: str, spec: str, ref: str | None, source: Servers, again: Again) -> Repository:
    if provider == "gh":
        owner, repo, linked = _three(spec)
        return again(f"https://{source.github}/{owner}/{repo}", ref or linked)
    if provider == "gl":
        project, _, linked = spec.partition("/")
        return again(f"https://{source.gitlab}/{unquote(project)}", ref or unquote(linked) or None)
    if provider == "gist":
        owner, number, linked = _three(spec)
        return again(f"https://gist.github.com/{owner}/{number}", ref or linked)
    if provider == "git":  # as it is: an image built by this provider has a name of its own
        repository, _, linked = spec.partition("/")
        return Repository(git_spec(without_login(unquote(repository)), ref or unquote(linked) or None))
    if provider in ARCHIVES:
        safe = "/" if provider in ("zenodo", "figshare", "dataverse") else ""
        return Repository(f"{provider}/{quote(unquote(spec), safe=safe)}")
    raise refused(f"the link's provider {provider!r} is none of BinderHub's")


def _three(spec: str) -> tuple[str, str, str | None]:
    """Owner, repository and ref, of which the last may be missing."""
    owner, _, more = unquote(spec).partition("/")
    repo, _, ref = more.partition("/")
    return owner, repo, ref or None


def _path(query: Mapping[str, list[str]]) -> str:
    """What the link opens, as BinderHub's page reads it."""
    for name, before in (("labpath", "doc/tree/"), ("filepath", "tree/")):
        if name in query:
            return before + quote(query[name][0].strip("/"))
    return quote(query.get("urlpath", [""])[0].lstrip("/"), safe=_UNSAFE_PATH)
