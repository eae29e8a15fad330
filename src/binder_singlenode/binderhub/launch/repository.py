"""Convert what a person types to the address that BinderHub builds. Text only, no network.

BinderHub names a repository `<provider>/<spec>`, where the spec's form differs by provider
(binderhub/repoproviders.py): GitHub takes `owner/repo/ref`, GitLab and plain git take their part quoted as
one path segment, gists `user/id/ref`, the DOI providers the DOI alone.
"""

import re
from urllib.parse import quote, unquote, urlsplit

from binder_singlenode.errors import LaunchError

DEFAULT_REF = "HEAD"  # resolves to the default branch with every git provider

_SHORTHAND = re.compile(r"(?P<owner>[A-Za-z0-9][A-Za-z0-9-]*)/(?P<repo>[A-Za-z0-9._-]+)")
_SCP_LIKE = re.compile(r"(?P<user>[\w-]+)@(?P<host>[\w.-]+):(?P<path>[^/].*)")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_ZENODO_RECORD = re.compile(r"/records?/(\d+)")
_GIT_SCHEMES = ("https", "http", "git", "ssh")  # GitRepoProvider.allowed_protocols; file:// is not among them
# what git check-ref-format refuses; git would read a leading dash as an option
_BAD_REF = re.compile(r"^-|\.\.|[\x00-\x20\x7f~^:?*\[\\]|@\{|//|/$|\.$")
_DOI_PROVIDERS = {"10.5281": "zenodo", "10.6084": "figshare", "10.4211": "hydroshare"}

_FORMS = (
    "write owner/repo (GitHub), a GitHub, GitLab or gist address, a DOI, "
    "or any git address that starts with https://, http://, git:// or ssh://"
)


def build_url(base_url: str, repo: str, ref: str | None = None) -> str:
    """The address whose event stream builds and launches `repo` at `ref` (default: its default branch).

    Raises LaunchError when BinderHub cannot use `repo` or `ref`.
    """
    return f"{base_url.rstrip('/')}/build/{provider_spec(repo, ref)}"


def provider_spec(repo: str, ref: str | None = None) -> str:
    """`<provider>/<spec>` as BinderHub expects it, quoted for a URL."""
    repo = repo.strip()
    if ref is not None and (not ref or _BAD_REF.search(ref)):
        raise LaunchError(f"{ref!r} cannot be a git ref", hint="give a branch, a tag or a commit")
    if doi := _doi(repo):
        return _doi_spec(doi, ref)
    if shorthand := _SHORTHAND.fullmatch(repo):
        return _github(shorthand["owner"], shorthand["repo"], ref)
    if scp := _SCP_LIKE.fullmatch(repo):
        return _scp_spec(scp, ref)
    return _address_spec(repo, ref)


def _doi(repo: str) -> str | None:
    """The DOI in `10.x/y`, `doi:10.x/y`, https://doi.org/10.x/y or a Zenodo record's address."""
    bare = re.sub(r"^(doi:|https?://(dx\.)?doi\.org/)", "", repo, flags=re.IGNORECASE)
    if _DOI.fullmatch(bare):
        return bare
    parts = urlsplit(repo)
    if parts.hostname in ("zenodo.org", "www.zenodo.org") and (record := _ZENODO_RECORD.match(parts.path)):
        return f"10.5281/zenodo.{record[1]}"
    return None


def _doi_spec(doi: str, ref: str | None) -> str:
    if ref is not None:
        raise LaunchError(f"{doi} is a DOI, which names one version already", hint="leave out --ref")
    provider = _DOI_PROVIDERS.get(doi.split("/")[0], "dataverse")
    return f"{provider}/{quote(doi, safe='/')}"


def _scp_spec(scp: re.Match[str], ref: str | None) -> str:
    """`git@host:path`: GitHub and GitLab serve the same repository by https, without a key."""
    if scp["host"] in ("github.com", "gitlab.com"):
        return _address_spec(f"https://{scp['host']}/{scp['path']}", ref)
    return _git(f"ssh://{scp['user']}@{scp['host']}/{scp['path']}", ref)


def _address_spec(repo: str, ref: str | None) -> str:
    parts = urlsplit(repo)
    if parts.scheme not in _GIT_SCHEMES or not parts.hostname:
        raise LaunchError(f"{repo!r} is no repository that BinderHub can reach", hint=_FORMS)
    if parts.password is not None:
        raise LaunchError(
            "the repository's address holds a password, which everybody on the hub could read",
            hint="make the repository public, or give BinderHub credentials of its own",
        )
    path = [unquote(part) for part in parts.path.split("/") if part]
    host = parts.hostname.removeprefix("www.")
    if host == "github.com" and len(path) >= 2:
        return _github(path[0], path[1], ref or _tree_ref(path[2:]))
    if host == "gitlab.com" and len(path) >= 2:
        return _gitlab(path, ref)
    if host == "gist.github.com" and len(path) >= 2:
        return f"gist/{_segment(path[0])}/{_segment(_plain(path[1]))}" + (f"/{quote(ref)}" if ref else "")
    return _git(repo, ref)


def _github(owner: str, repo: str, ref: str | None) -> str:
    return f"gh/{_segment(owner)}/{_segment(_plain(repo))}/{quote(ref or DEFAULT_REF, safe='/')}"


def _gitlab(path: list[str], ref: str | None) -> str:
    """GitLab's groups nest; `/-/tree/REF` follows the project's path."""
    if "-" in path:
        cut = path.index("-")
        path, ref = path[:cut], ref or _tree_ref(path[cut + 1 :])
    namespace = "/".join([*path[:-1], _plain(path[-1])])
    return f"gl/{_segment(namespace)}/{quote(ref or DEFAULT_REF, safe='/')}"


def _git(address: str, ref: str | None) -> str:
    return f"git/{_segment(address)}/{quote(ref or DEFAULT_REF, safe='/')}"


def _tree_ref(rest: list[str]) -> str | None:
    """The ref in `/tree/REF` or `/commit/REF`; a branch may hold slashes, so all that follows counts."""
    return "/".join(rest[1:]) if len(rest) >= 2 and rest[0] in ("tree", "commit") else None


def _plain(repo: str) -> str:
    return repo.removesuffix(".git")


def _segment(text: str) -> str:
    return quote(text, safe="")
