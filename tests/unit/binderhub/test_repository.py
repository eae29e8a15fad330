"""What a person may type or paste as a repository, and what BinderHub is asked for."""

import re
from pathlib import Path

import pytest

from binder_singlenode.binderhub.launch.stream import build_url, provider_spec
from binder_singlenode.binderhub.repository.model import Servers
from binder_singlenode.binderhub.repository.read import read
from binder_singlenode.config import Host

SHA = "0123456789012345678901234567890123456789"
RESOURCE = "0123456789abcdef0123456789abcdef"
SPECS = [
    ("owner/repo", None, "gh/owner/repo/HEAD"),
    ("owner/repo/", None, "gh/owner/repo/HEAD"),
    ("owner/repo.git", "v1.0", "gh/owner/repo/v1.0"),
    ("user_company/repository", None, "gh/user_company/repository/HEAD"),
    (" https://github.com/owner/repo\n", None, "gh/owner/repo/HEAD"),
    ("<https://GitHub.com/Owner/Repo.git/>", None, "gh/Owner/Repo/HEAD"),
    ("github.com/owner/repo", None, "gh/owner/repo/HEAD"),
    ("git clone https://github.com/owner/repo.git", None, "gh/owner/repo/HEAD"),
    ("https://github.com/owner/repo?tab=readme#top", None, "gh/owner/repo/HEAD"),
    ("https://github.com/owner%2Frepo", None, "gh/owner/repo/HEAD"),
    ("https://github.com/owner/repo/issues", None, "gh/owner/repo/HEAD"),
    ("https://github.com/owner/repo.git", "feature/x", "gh/owner/repo/feature/x"),
    ("https://www.github.com/owner/repo/tree/feature/x", None, "gh/owner/repo/feature/x"),
    ("https://github.com/owner/repo/tree/old", "new", "gh/owner/repo/new"),
    ("https://github.com/owner/repo/tree/main/folder", None, "gh/owner/repo/main"),
    ("https://github.com/owner/repo/tree/v1.2/folder", None, "gh/owner/repo/v1.2"),
    ("https://github.com/owner/repo/blob/a/b/c.ipynb", "a/b", "gh/owner/repo/a/b"),
    (f"https://github.com/owner/repo/commit/{SHA}", None, f"gh/owner/repo/{SHA}"),
    ("https://github.com/owner/repo/releases/tag/v1", None, "gh/owner/repo/v1"),
    ("https://github.com/owner/repo/archive/refs/heads/main.zip", None, "gh/owner/repo/main"),
    ("https://raw.githubusercontent.com/owner/repo/main/a.ipynb", None, "gh/owner/repo/main"),
    ("https://nbviewer.org/github/owner/repo/blob/main/a.ipynb", None, "gh/owner/repo/main"),
    ("git@github.com:owner/repo.git", None, "gh/owner/repo/HEAD"),
    ("ssh://git@ssh.github.com:443/owner/repo.git", None, "gh/owner/repo/HEAD"),
    ("https://gitlab.com/group/sub/project", None, "gl/group%2Fsub%2Fproject/HEAD"),
    ("https://gitlab.com/group/project/-/tree/dev?ref_type=heads", None, "gl/group%2Fproject/dev"),
    ("https://gitlab.com/group/project/tree/dev", None, "gl/group%2Fproject/dev"),
    ("git@gitlab.com:group/project.git", "dev", "gl/group%2Fproject/dev"),
    ("https://gist.github.com/user/0123abcd", None, "gist/user/0123abcd"),
    ("https://gist.github.com/user/0123abcd.git", "99ff", "gist/user/0123abcd/99ff"),
    (f"https://gist.github.com/user/0123abcd/{SHA}", None, f"gist/user/0123abcd/{SHA}"),
    ("10.5281/zenodo.3242074", None, "zenodo/10.5281/zenodo.3242074"),
    ("DOI: 10.5281/ZENODO.3242074.", None, "zenodo/10.5281/zenodo.3242074"),
    ("https://doi.org/10.5281%2Fzenodo.3242074", None, "zenodo/10.5281/zenodo.3242074"),
    ("dx.doi.org/10.5281/zenodo.3242074", None, "zenodo/10.5281/zenodo.3242074"),
    ("https://zenodo.org/records/3242074/files/a.zip?download=1", None, "zenodo/10.5281/zenodo.3242074"),
    ("https://zenodo.org/doi/10.5281/zenodo.3242074", None, "zenodo/10.5281/zenodo.3242074"),
    ("doi:10.6084/m9.figshare.9782777.v3", None, "figshare/10.6084/m9.figshare.9782777.v3"),
    ("https://figshare.com/articles/code/a-title/9782777/3", None, "figshare/10.6084/m9.figshare.9782777.v3"),
    ("https://figshare.com/articles/a-title/9782777", None, "figshare/10.6084/m9.figshare.9782777"),
    (f"https://www.hydroshare.org/resource/{RESOURCE}/", None, f"hydroshare/{RESOURCE}"),
    (f"10.4211/hs.{RESOURCE}", None, f"hydroshare/{RESOURCE}"),
    ("10.7910/DVN/6ZXAGT", None, "dataverse/10.7910/DVN/6ZXAGT"),
    ("https://d.example.edu/dataset.xhtml?persistentId=doi:10.5072/FK2/AB", None, "dataverse/10.5072/FK2/AB"),
    (
        "https://demo.dataverse.org/citation?persistentId=doi%3A10.70122/FK2/AB",
        None,
        "dataverse/10.70122/FK2/AB",
    ),
    ("https://d.org/en/dataset/a/resource/1", None, "ckan/https%3A%2F%2Fd.org%2Fen%2Fdataset%2Fa"),
    (
        "https://d.org/dataset/a?activity_id=5",
        None,
        "ckan/https%3A%2F%2Fd.org%2Fdataset%2Fa%3Factivity_id%3D5",
    ),
    ("https://git.example.org/a/b.git", None, "git/https%3A%2F%2Fgit.example.org%2Fa%2Fb.git/HEAD"),
    ("https://user@bitbucket.org/a/b/src/main/x/", None, "git/https%3A%2F%2Fbitbucket.org%2Fa%2Fb/main"),
    ("https://codeberg.org/a/b/src/branch/dev", None, "git/https%3A%2F%2Fcodeberg.org%2Fa%2Fb/dev"),
    ("https://git.other.org/g/s/p/-/tree/dev", None, "git/https%3A%2F%2Fgit.other.org%2Fg%2Fs%2Fp/dev"),
    ("https://bücher.example/a/b", None, "git/https%3A%2F%2Fxn--bcher-kva.example%2Fa%2Fb/HEAD"),
    ("http://10.43.0.9/repo", "main", "git/http%3A%2F%2F10.43.0.9%2Frepo/main"),
    ("git://host/repo", None, "git/git%3A%2F%2Fhost%2Frepo/HEAD"),
    ("me@host.example.org:some/repo", None, "git/ssh%3A%2F%2Fme%40host.example.org%2Fsome%2Frepo/HEAD"),
    ("https://mybinder.org/v2/gh/owner/repo/HEAD?urlpath=lab", None, "gh/owner/repo/HEAD"),
    ("https://hub.example/binder/v2/gh/owner/repo/a/b", None, "gh/owner/repo/a/b"),
    ("https://mybinder.org/v2/gl/g%2Fs%2Fp/dev", None, "gl/g%2Fs%2Fp/dev"),
    (
        "https://mybinder.org/v2/git/https%3A%2F%2Fgithub.com%2Fo%2Fr/x",
        None,
        "git/https%3A%2F%2Fgithub.com%2Fo%2Fr/x",
    ),
    ("https://mybinder.org/v2/zenodo/10.5281/zenodo.3242074/", None, "zenodo/10.5281/zenodo.3242074"),
    ("[![B](https://mybinder.org/b.svg)](https://mybinder.org/v2/gh/o/r/HEAD)", None, "gh/o/r/HEAD"),
]


@pytest.mark.parametrize(("repo", "ref", "spec"), SPECS)
def test_a_repository_becomes_the_spec_that_binderhub_takes(repo: str, ref: str | None, spec: str) -> None:
    assert provider_spec(repo, ref) == spec


OWN = Servers("ghe.uni.example", "git.uni.example", ("binder.uni.example",))
OWN_SPECS = [
    ("https://git.uni.example/group/sub/project", "gl/group%2Fsub%2Fproject/HEAD"),
    ("https://git.uni.example/group/project/-/tree/a/b", "gl/group%2Fproject/a/b"),
    ("git@git.uni.example:group/project.git", "gl/group%2Fproject/HEAD"),
    ("ssh://git@git.uni.example:2222/group/project.git", "gl/group%2Fproject/HEAD"),
    ("https://ghe.uni.example/o/r/tree/dev", "gh/o/r/dev"),
    ("o/r", "gh/o/r/HEAD"),
    ("https://binder.uni.example/v2/gl/g%2Fp/main", "gl/g%2Fp/main"),
    # With a server of one's own, BinderHub's provider stands for that one: the public one is any git server.
    ("https://github.com/o/r/tree/dev", "git/https%3A%2F%2Fgithub.com%2Fo%2Fr/dev"),
    ("https://gitlab.com/g/p/-/tree/dev", "git/https%3A%2F%2Fgitlab.com%2Fg%2Fp/dev"),
    ("https://mybinder.org/v2/gl/g%2Fp/main", "git/https%3A%2F%2Fgitlab.com%2Fg%2Fp/main"),
    # Another web port is another server.
    ("https://git.uni.example:8443/g/p", "git/https%3A%2F%2Fgit.uni.example%3A8443%2Fg%2Fp/HEAD"),
]


@pytest.mark.parametrize(("repo", "spec"), OWN_SPECS)
def test_servers_of_ones_own_count_like_the_public_ones(repo: str, spec: str) -> None:
    assert read(repo, None, OWN).spec == spec


def test_the_host_file_names_the_servers() -> None:
    host = Host.model_validate({"address": "192.0.2.1", "gitlab": {"host": "git.uni.example"}})
    servers = Servers.of(host)
    assert (servers.github, servers.gitlab) == ("github.com", "git.uni.example")
    assert read("http://192.0.2.1/v2/gl/g%2Fp/main", None, servers).spec == "gl/g%2Fp/main"


OPENED = [
    ("https://github.com/o/r/blob/main/nb/a b.ipynb", "doc/tree/nb/a%20b.ipynb"),
    ("https://github.com/o/r/tree/main/nb", "lab/tree/nb"),
    ("https://mybinder.org/v2/gh/o/r/HEAD?urlpath=%2Frstudio", "rstudio"),
    ("https://mybinder.org/v2/gh/o/r/HEAD?labpath=a%20b.ipynb", "doc/tree/a%20b.ipynb"),
    ("https://mybinder.org/v2/gh/o/r/HEAD?filepath=a.ipynb", "tree/a.ipynb"),
    (
        "https://mybinder.org/v2/gh/o/r/HEAD?urlpath=git-pull%3Frepo%3Dx%26branch%3Dy",
        "git-pull?repo=x&branch=y",
    ),
    ("o/r", ""),
]


@pytest.mark.parametrize(("repo", "path"), OPENED)
def test_what_an_address_opens_is_kept(repo: str, path: str) -> None:
    assert read(repo).path == path


@pytest.mark.parametrize(
    ("repo", "said"),
    [
        ("https://github.com/o/r/blob/feature/x/nb.ipynb", "branch feature/x and the file nb.ipynb"),
        ("https://github.com/o/r/tree/x/y", "branch x/y"),
        ("https://d.org/dataset/a", "CKAN"),
    ],
)
def test_a_guess_is_named(repo: str, said: str) -> None:
    (note,) = read(repo).notes
    assert said in note


def test_the_build_address_has_one_slash_between_its_parts() -> None:
    assert build_url("http://hub.example.org/", "a/b", "c") == "http://hub.example.org/build/gh/a/b/c"


def test_the_page_of_docs_is_right() -> None:
    text = (Path(__file__).parents[3] / "docs/repositories.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+)` \| `(.+)` \|$", text, re.MULTILINE)
    assert len(rows) > 15
    assert [(address, provider_spec(address)) for address, _ in rows] == rows
