"""Addresses that are refused before anything is sent, and what is never sent or shown."""

import pytest

from binder_singlenode.binderhub.repository.read import provider_spec, read
from binder_singlenode.errors import LaunchError

SHA = "0123456789012345678901234567890123456789"


@pytest.mark.parametrize(
    "repo",
    [
        "repo",
        "",
        "file:///srv/repo",
        "/srv/repo",
        "./repo",
        "../repo",
        "ftp://host/repo",
        "https://",
        "C:\\repo",
        "owner/repo/branch",
        "http://[::1/x",
        "http://host:port/x",
    ],
)
def test_what_binderhub_cannot_reach_is_refused_with_the_forms_it_takes(repo: str) -> None:
    with pytest.raises(LaunchError, match="no repository that BinderHub can reach") as error:
        provider_spec(repo)
    assert "owner/repo" in (error.value.hint or "")


REFUSED = [
    ("https://github.com/owner", "owner/repo"),
    ("https://github.com/owner/repo and more", "owner/repo"),
    ("https://github.com/o/r/pull/3", "that it comes from"),
    ("https://gitlab.com/g/p/-/merge_requests/3", "that it comes from"),
    ("https://gitlab.com/groups/g", "GROUP/PROJECT"),
    ("https://gist.github.com/0123abcd", "gist.github.com/OWNER/NUMBER"),
    ("https://git.example.org", "git clone"),
    ("https://example.org/a.ipynb", "git clone"),
    ("https://git.example.org/a b", "%20"),
    ("https://owner.github.io/repo", "made from"),
    ("https://mybinder.org/", "/v2/"),
    ("https://mybinder.org/v2/nope/o/r", "owner/repo"),
    ("https://osf.io/abcde", "DOI"),
    ("10.17605/OSF.IO/ABCDE", "Zenodo"),
    ("doi:3242074", "10.5281/zenodo"),
    ("https://zenodo.org/communities/x", "DOI"),
    ("https://sandbox.zenodo.org/records/1", "zenodo.org"),
    ("https://figshare.com/s/abcdef", "DOI"),
    ("https://monash.figshare.com/articles/dataset/x/1", "DOI"),
    ("https://www.hydroshare.org/my-resources", "/resource/"),
    ("https://dataverse.harvard.edu/api/access/datafile/1", "dataset's DOI"),
    ("https://d.example/file.xhtml?persistentId=doi:10.7910/DVN/A/B", "dataset's DOI"),
    (f"swh:1:rev:{SHA};origin=https://github.com/o/r", f"https://github.com/o/r --ref {SHA}"),
    ("https://archive.softwareheritage.org/browse/", "--ref"),
]


@pytest.mark.parametrize(("repo", "form"), REFUSED)
def test_what_cannot_be_told_is_refused_with_the_form_that_works(repo: str, form: str) -> None:
    with pytest.raises(LaunchError) as error:
        provider_spec(repo)
    assert form in (error.value.hint or "")


@pytest.mark.parametrize("ref", ["", "a..b", "a b", "-x", "a~1", "a^", "a:b", "a/", "x\n", "a//b", "@{1}"])
def test_what_cannot_be_a_ref_is_refused(ref: str) -> None:
    with pytest.raises(LaunchError, match="cannot be a git ref"):
        provider_spec("owner/repo", ref)


@pytest.mark.parametrize(
    "address", ["https://github.com/o/r/tree/a..b", "https://mybinder.org/v2/gh/o/r/a%5Eb"]
)
def test_a_ref_inside_an_address_is_checked_too(address: str) -> None:
    with pytest.raises(LaunchError, match="cannot be a git ref"):
        provider_spec(address)


@pytest.mark.parametrize(
    "repo",
    ["10.5281/zenodo.1", "https://zenodo.org/records/1", "https://mybinder.org/v2/zenodo/10.5281/zenodo.1"],
)
def test_an_archives_version_takes_no_ref(repo: str) -> None:
    with pytest.raises(LaunchError, match="names one version already"):
        provider_spec(repo, "main")


@pytest.mark.parametrize(
    "repo",
    [
        "https://me:hunter2@git.example.org/a",
        "https://me:hunt/hunter2@git.example.org/a",
        "https://me:1/hunter2@git.example.org/a",
        "https://:hunter2@git.example.org/a",
        "me:hunter2@git.example.org/a",
        "ssh://me:hunter2@git.example.org/a",
        "https://mybinder.org/v2/git/https%3A%2F%2Fme%3Ahunter2%40git.example.org%2Fa/HEAD",
        "https://mybinder.org/v2/gh/o/r/HEAD?urlpath=git-pull%3Frepo%3Dhttps%253A%252F%252Fme%253Ahunter2%2540h%252Fa",
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(repo: str) -> None:
    with pytest.raises(LaunchError, match="holds a password") as error:
        provider_spec(repo)
    assert "hunter2" not in f"{error.value} {error.value.hint}"


@pytest.mark.parametrize(
    "repo",
    [
        "https://hunter2@github.com/o/r",
        "https://hunter2@git.example.org/o/r?token=hunter2",
        "https://mybinder.org/v2/git/https%3A%2F%2Fhunter2%40h.org%2Fa/HEAD",
    ],
)
def test_the_user_of_a_web_address_may_be_a_token_and_is_neither_sent_nor_shown(repo: str) -> None:
    found = read(repo)
    assert "hunter2" not in found.spec
    assert "hunter2@" not in found.name and "token=hunter2" not in found.name


@pytest.mark.parametrize(
    "repo", ["hunter2@", "https://hunter2@", "x://hunter2@host/a", "ftp://me:hunter2@h/x?hunter2"]
)
def test_a_refused_address_is_shown_without_its_login(repo: str) -> None:
    with pytest.raises(LaunchError) as error:
        provider_spec(repo)
    assert "hunter2" not in str(error.value)
