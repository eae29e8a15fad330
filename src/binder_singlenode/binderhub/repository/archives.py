"""Repositories in archives: Zenodo, Figshare, HydroShare, Dataverse and CKAN, by DOI or by web address."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, unquote, urlencode

from binder_singlenode.binderhub.repository.dataverse_hosts import is_installation
from binder_singlenode.binderhub.repository.model import Repository, refused, segment
from binder_singlenode.binderhub.repository.typed import Address
from binder_singlenode.errors import LaunchError

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+")
_BEFORE_DOI = re.compile(r"^(doi:\s*|info:doi/|(https?://)?(dx\.|www\.)?doi\.org/)", re.IGNORECASE)
_RESOURCE = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_ARTICLE = re.compile(r"/articles/(?:[^/]+/){0,2}(?P<number>\d+)(?:/(?P<version>\d+))?(?:/|$)")
_NOT_READ = {"10.17605": "OSF", "10.5061": "Dryad", "10.48550": "arXiv", "10.17632": "Mendeley Data"}
_SWHID = re.compile(r"swh:1:(?P<kind>[a-z]{3}):(?P<hash>[0-9a-f]{40})(?P<more>\S*)")
_WRITE_DOI = "write its DOI, which is on the page (often behind a button Cite), as in 10.5281/zenodo.3242074"


def read_text(text: str) -> Repository | None:
    """The repository, if `text` is a DOI or an identifier of Software Heritage."""
    if swhid := _SWHID.search(text):
        raise _software_heritage(swhid)
    bare = unquote(_BEFORE_DOI.sub("", text)).split("?")[0].split("#")[0].rstrip(".,;/ ")
    if _DOI.fullmatch(bare):
        return Repository(_by_doi(bare))
    if _BEFORE_DOI.search(text):
        raise refused(
            "this is no complete DOI", "a DOI begins with 10. and has a slash: 10.5281/zenodo.3242074"
        )
    return None


def read(address: Address) -> Repository | None:
    """The repository, if `address` belongs to an archive. Raises LaunchError when BinderHub cannot
    read it."""
    site = address.site
    if site in ("zenodo.org", "sandbox.zenodo.org"):
        return Repository(_zenodo(address))
    if site == "figshare.com" or site.endswith(".figshare.com"):
        return Repository(_figshare(address))
    if site == "hydroshare.org":
        return Repository(_hydroshare("/".join(address.path)))
    if site == "archive.softwareheritage.org":
        raise _software_heritage(None)
    if "persistentId" in address.query or is_installation(address.host):
        return Repository(_dataverse(address))
    return None


def read_ckan(address: Address) -> Repository | None:
    """The dataset, if `address` has the form that BinderHub reads as CKAN: …/dataset/NAME."""
    raw, mark, dataset = f"{address.raw_path}/".partition("/dataset/")
    name, *more = [part for part in dataset.split("/") if part] or [""]
    if not mark or not name or name.endswith(".git") or address.scheme not in ("http", "https"):
        return None
    history = f"/history/{more[1]}" if more[:1] == ["history"] and len(more) > 1 else ""
    activity = address.query.get("activity_id")
    query = f"?{urlencode({'activity_id': activity[0]})}" if activity and not history else ""
    note = "The address was read as a CKAN dataset. If it is a git repository, add .git to it."
    spec = f"ckan/{segment(address.at(f'{raw}/dataset/{name}{history}{query}'))}"
    return Repository(spec, notes=(note,))


def _by_doi(doi: str) -> str:
    """The provider goes by the DOI's prefix, the registrant. Dataverse installations have many prefixes."""
    prefix, _, rest = doi.lower().partition("/")
    if prefix in _NOT_READ:
        raise refused(
            f"{doi} is a DOI of {_NOT_READ[prefix]}, which BinderHub cannot read",
            "write the repository's own address, or a DOI of Zenodo, Figshare, HydroShare or Dataverse",
        )
    if rest.startswith("zenodo.") or prefix == "10.5281":
        if prefix != "10.5281":
            raise _sandbox()
        return f"zenodo/{quote(doi.lower(), safe='/')}"
    if prefix == "10.6084" or "figshare." in rest:
        return f"figshare/{quote(doi.lower(), safe='/')}"
    if prefix == "10.4211":
        return _hydroshare(rest)
    return f"dataverse/{quote(doi, safe='/')}"


def _sandbox() -> LaunchError:
    return refused(
        "Zenodo's sandbox has no real DOIs, so BinderHub cannot find it", "publish it at zenodo.org"
    )


def _zenodo(address: Address) -> str:
    if address.host.startswith("sandbox."):
        raise _sandbox()
    path = unquote(address.raw_path)
    if found := re.search(r"/(?:records?|deposit|uploads)/(\d+)|zenodo\.(\d+)", path, re.IGNORECASE):
        return f"zenodo/10.5281/zenodo.{found[1] or found[2]}"
    raise refused("this page of Zenodo is no record", _WRITE_DOI)


def _figshare(address: Address) -> str:
    article = _ARTICLE.search(unquote(address.raw_path))
    if address.site != "figshare.com" or not article or address.path[0] == "account":
        raise refused("this page of Figshare does not tell its DOI", _WRITE_DOI)
    version = f".v{article['version']}" if article["version"] else ""
    return f"figshare/10.6084/m9.figshare.{article['number']}{version}"


def _hydroshare(text: str) -> str:
    resource = _RESOURCE.search(text.lower())
    if not resource:
        raise refused(
            "this names no resource of HydroShare",
            "write https://www.hydroshare.org/resource/NUMBER, whose number has 32 digits and letters a to f",
        )
    return f"hydroshare/{resource[0]}"


def _dataverse(address: Address) -> str:
    page = address.path[-1:] or [""]
    persistent = address.query.get("persistentId", [""])[0]
    doi = _BEFORE_DOI.sub("", persistent)
    if page[0] == "file.xhtml" or not _DOI.fullmatch(doi):
        raise refused(
            "this page of a Dataverse is no dataset with a DOI",
            "write the dataset's DOI, which is on its page, as in 10.7910/DVN/TJCLKP",
        )
    return f"dataverse/{quote(doi, safe='/')}"


def _software_heritage(swhid: re.Match[str] | None) -> LaunchError:
    hint = "write the address of the git repository that was archived, with its commit as --ref"
    details = parse_qs(swhid["more"].lstrip(";").replace(";", "&")) if swhid else {}
    if swhid and "origin" in details:
        anchor = _SWHID.fullmatch(details.get("anchor", [""])[0]) or swhid
        commit = f" --ref {anchor['hash']}" if anchor["kind"] == "rev" else ""
        hint = f"write where it comes from: {details['origin'][0]}{commit}"
    return refused("BinderHub cannot read Software Heritage", hint)
