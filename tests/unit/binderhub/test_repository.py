"""What a person may type as a repository, and what BinderHub is asked for."""

import pytest

from binder_singlenode.binderhub.launch.stream import build_url, provider_spec
from binder_singlenode.errors import LaunchError

SPECS = [
    ("owner/repo", None, "gh/owner/repo/HEAD"),
    ("owner/repo.git", "v1.0", "gh/owner/repo/v1.0"),
    ("https://github.com/owner/repo", None, "gh/owner/repo/HEAD"),
    ("https://github.com/owner/repo.git", "feature/x", "gh/owner/repo/feature/x"),
    ("https://www.github.com/owner/repo/tree/feature/x", None, "gh/owner/repo/feature/x"),
    ("https://github.com/owner/repo/tree/old", "new", "gh/owner/repo/new"),
    ("git@github.com:owner/repo.git", None, "gh/owner/repo/HEAD"),
    ("https://gitlab.com/group/sub/project", None, "gl/group%2Fsub%2Fproject/HEAD"),
    ("https://gitlab.com/group/project/-/tree/dev", None, "gl/group%2Fproject/dev"),
    ("git@gitlab.com:group/project.git", "dev", "gl/group%2Fproject/dev"),
    ("https://gist.github.com/user/0123abcd", None, "gist/user/0123abcd"),
    ("https://gist.github.com/user/0123abcd.git", "99ff", "gist/user/0123abcd/99ff"),
    ("10.5281/zenodo.3242074", None, "zenodo/10.5281/zenodo.3242074"),
    ("https://doi.org/10.5281/zenodo.3242074", None, "zenodo/10.5281/zenodo.3242074"),
    ("https://zenodo.org/records/3242074", None, "zenodo/10.5281/zenodo.3242074"),
    ("doi:10.6084/m9.figshare.9782777.v3", None, "figshare/10.6084/m9.figshare.9782777.v3"),
    ("10.7910/DVN/6ZXAGT", None, "dataverse/10.7910/DVN/6ZXAGT"),
    ("https://git.example.org/a/b.git", None, "git/https%3A%2F%2Fgit.example.org%2Fa%2Fb.git/HEAD"),
    ("http://10.43.0.9/repo", "main", "git/http%3A%2F%2F10.43.0.9%2Frepo/main"),
    ("git://host/repo", None, "git/git%3A%2F%2Fhost%2Frepo/HEAD"),
    ("me@host.example.org:some/repo", None, "git/ssh%3A%2F%2Fme%40host.example.org%2Fsome%2Frepo/HEAD"),
]


@pytest.mark.parametrize(("repo", "ref", "spec"), SPECS)
def test_a_repository_becomes_the_spec_that_binderhub_takes(repo: str, ref: str | None, spec: str) -> None:
    assert provider_spec(repo, ref) == spec


def test_the_build_address_has_one_slash_between_its_parts() -> None:
    assert build_url("http://hub.example.org/", "a/b", "c") == "http://hub.example.org/build/gh/a/b/c"


@pytest.mark.parametrize(
    "repo", ["repo", "", "file:///srv/repo", "/srv/repo", "./repo", "ftp://host/repo", "https://"]
)
def test_what_binderhub_cannot_reach_is_refused_with_the_forms_it_takes(repo: str) -> None:
    with pytest.raises(LaunchError, match="no repository that BinderHub can reach") as error:
        provider_spec(repo)
    assert "owner/repo" in (error.value.hint or "")


@pytest.mark.parametrize("ref", ["", "a..b", "a b", "-x", "a~1", "a^", "a:b", "a/", "x\n", "a//b", "@{1}"])
def test_what_cannot_be_a_ref_is_refused(ref: str) -> None:
    with pytest.raises(LaunchError, match="cannot be a git ref"):
        provider_spec("owner/repo", ref)


def test_a_doi_takes_no_ref() -> None:
    with pytest.raises(LaunchError, match="names one version already"):
        provider_spec("10.5281/zenodo.1", "main")


def test_an_address_with_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(LaunchError, match="holds a password") as error:
        provider_spec("https://me:hunter2@git.example.org/a")
    assert "hunter2" not in str(error.value)
