"""Repositories on GitHub, GitLab and gist: the servers that BinderHub knows by name, also one's own."""

from __future__ import annotations

import re

from binder_singlenode.binderhub.repository.model import (
    PUBLIC,
    Repository,
    Servers,
    github_spec,
    gitlab_spec,
    plain,
    quoted_ref,
    refused,
    segment,
)
from binder_singlenode.binderhub.repository.typed import Address
from binder_singlenode.binderhub.repository.web_path import KINDS, place

GIST = "gist.github.com"
_GITHUB_PAGES = ("orgs", "users", "topics", "search", "settings", "marketplace", "explore", "login")
_GITLAB_PAGES = ("-", "groups", "users", "explore", "dashboard", "help", "search")
_OTHER_NAMES = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com", "github.dev": "github.com"}
_VIEWERS = ("nbviewer.org", "nbviewer.jupyter.org", "colab.research.google.com")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_REQUESTS = ("pull", "pulls", "merge_requests")


def usual(address: Address) -> Address:
    """The address on the server itself, of one that shows its files or has another name for ssh."""
    site, path = address.site, address.path
    if site in _OTHER_NAMES or address.host in _OTHER_NAMES:
        return address.moved(_OTHER_NAMES.get(site) or _OTHER_NAMES[address.host], path)
    if site == "raw.githubusercontent.com":
        return address.moved("github.com", [*path[:2], "raw", *path[2:]])
    if site == "gist.githubusercontent.com":
        return address.moved(GIST, [*path[:2], *path[3:4]])
    if site == "codeload.github.com":
        return address.moved("github.com", path)
    if site == "api.github.com" and path[:1] == ["repos"]:
        return address.moved("github.com", path[1:3])
    if site in _VIEWERS and path[:1] in (["github"], ["gist"]):
        return address.moved(GIST if path[0] == "gist" else "github.com", path[1:])
    return address


def read(address: Address, ref: str | None, servers: Servers) -> Repository | None:
    """The repository, if `address` is on one of `servers`. Raises LaunchError when it names no repository."""
    if address.site == GIST:
        return _gist(address.path, ref)
    if _is_at(address, servers.gitlab):
        return _gitlab(address.path, ref, servers.gitlab)
    if _is_at(address, servers.github):
        return _github(address.path, ref, servers.github)
    return None


def repository_path(address: Address, servers: Servers = PUBLIC) -> tuple[list[str], list[str]] | None:
    """The path of the repository and the rest, on a server of `servers`; None on another one."""
    if _is_at(address, servers.gitlab):
        return gitlab_parts(address.path)
    return (address.path[:2], address.path[2:]) if _is_at(address, servers.github) else None


def _is_at(address: Address, server: str) -> bool:
    """An ssh port says nothing about the web server of the same host."""
    return server in (address.site, address.host if address.scheme in ("ssh", "git") else None)


def gitlab_parts(path: list[str]) -> tuple[list[str], list[str]]:
    """The project's path, and what follows it: `-` or, in old addresses, a reserved name."""
    for index, step in enumerate(path):
        if index >= 2 and (step == "-" or step in KINDS):
            return path[:index], path[index + (step == "-") :]
    return path, []


def _gitlab(path: list[str], ref: str | None, server: str) -> Repository:
    project, rest = gitlab_parts(path)
    if len(project) < 2 or project[0] in _GITLAB_PAGES or re.search(r"\s", "/".join(project)):
        raise refused(
            "this page of GitLab is no repository", f"write https://{server}/GROUP/PROJECT, and --ref"
        )
    no_request(rest, _from(f"https://{server}/GROUP/PROJECT"))
    found = place(rest, ref)
    return Repository(gitlab_spec(project, found.ref), found.path, found.notes)


def _github(path: list[str], ref: str | None, server: str) -> Repository:
    if len(path) < 2 or path[0] in _GITHUB_PAGES or not all(map(_NAME.fullmatch, path[:2])):
        raise refused(
            "this page of GitHub is no repository", f"write owner/repo, or https://{server}/OWNER/REPO"
        )
    no_request(path[2:], _from(f"https://{server}/OWNER/REPO"))
    found = place(path[2:], ref)
    return Repository(github_spec(path[:2], found.ref), found.path, found.notes)


def no_request(rest: list[str], remedy: str) -> None:
    """Refuse the address of a pull or merge request: a clone does not have its commits."""
    if rest[:1] and rest[0] in _REQUESTS and len(rest) > 1:
        raise refused("a pull or merge request is no branch that BinderHub can build", remedy)


def _from(form: str) -> str:
    return f"write the repository that it comes from, {form}, with its branch as --ref"


def _gist(path: list[str], ref: str | None) -> Repository:
    if len(path) < 2 or not re.fullmatch(r"[0-9a-f]+(\.git)?", path[1]):
        raise refused("BinderHub needs a gist's owner and its number", f"write https://{GIST}/OWNER/NUMBER")
    version = ref or next((step for step in path[2:] if re.fullmatch(r"[0-9a-f]{40}", step)), None)
    return Repository(
        f"gist/{segment(path[0])}/{segment(plain(path[1]))}" + (f"/{quoted_ref(version)}" if version else "")
    )
