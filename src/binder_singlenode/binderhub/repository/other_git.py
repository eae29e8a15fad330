"""Repositories on git servers that BinderHub does not know by name: its provider `git` clones any address."""

from __future__ import annotations

import re

from binder_singlenode.binderhub.repository.git_servers import gitlab_parts, no_request, repository_path
from binder_singlenode.binderhub.repository.model import Repository, git_spec, refused
from binder_singlenode.binderhub.repository.typed import Address
from binder_singlenode.binderhub.repository.web_path import KINDS, place

_FILES = (".ipynb", ".zip", ".tar.gz", ".tgz", ".py", ".md", ".html", ".csv", ".pdf", ".svg", ".png", ".yml")
_NO_GIT = {
    "osf.io": "OSF",
    "datadryad.org": "Dryad",
    "kaggle.com": "Kaggle",
    "drive.google.com": "Google Drive",
    "dropbox.com": "Dropbox",
    "data.mendeley.com": "Mendeley Data",
    "nbviewer.org": "nbviewer",
    "colab.research.google.com": "Colab",
}
_CLONE = "write the address that `git clone` takes"


def read(address: Address, ref: str | None) -> Repository:
    """The repository at `address`. Raises LaunchError for what cannot be one."""
    if address.site in _NO_GIT:
        raise refused(
            f"{_NO_GIT[address.site]} is no git server, and BinderHub has no other way to read it",
            "put the files into a git repository, or archive them at Zenodo and write the DOI",
        )
    if address.site.endswith((".github.io", ".gitlab.io", ".readthedocs.io")):
        raise refused("this is a web site, not a repository", "write the repository that it is made from")
    if address.site.endswith("mybinder.org"):
        raise refused("this page of mybinder.org is no launch link", "write the link with /v2/ in it")
    if address.scheme not in ("http", "https"):
        return Repository(_spec(address, address.raw_path, ref))
    return _on_the_web(address, ref)


def _on_the_web(address: Address, ref: str | None) -> Repository:
    if "_git" in address.path:  # Azure DevOps: ?version=GBmain is a branch, GT a tag, GC a commit
        version = address.query.get("version", [""])[0]
        return Repository(_spec(address, address.raw_path, ref or version[2:] or None))
    known = repository_path(address)
    repository, rest = known or _parts(address.path)
    no_request(rest, _CLONE)
    if not known and not rest and address.path and address.path[-1].lower().endswith(_FILES):
        raise refused("this is the address of a file, not of a repository", _CLONE)
    found = place(rest, ref)
    raw = address.raw_path if not rest else _cut(address.raw_path, len(repository))
    return Repository(_spec(address, raw, found.ref), found.path, found.notes)


def _parts(path: list[str]) -> tuple[list[str], list[str]]:
    """The repository's path, and what follows it in the web address of a file or branch."""
    if "-" in path[2:]:
        return gitlab_parts(path)
    for index, step in enumerate(path):
        follows = len(path) > index + 1
        if index >= 2 and follows and (step in KINDS or step in ("pulls", "archive", "releases")):
            return path[:index], path[index:]
    return path, []


def _cut(raw_path: str, length: int) -> str:
    return "/" + "/".join([part for part in raw_path.split("/") if part][:length])


def _spec(address: Address, raw_path: str, ref: str | None) -> str:
    if not raw_path.strip("/"):
        raise refused("this address names a server, not a repository", _CLONE)
    if re.search(r"\s", raw_path):
        raise refused("the repository's address contains a space", "write %20 for it, or leave out the rest")
    return git_spec(address.at(raw_path), ref)
