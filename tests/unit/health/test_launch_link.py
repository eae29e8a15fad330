"""The checks launch by the link that visitors use, with the servers of the host file."""

import pytest

from binder_singlenode.binderhub.repository.read import provider_spec
from binder_singlenode.config import Host
from binder_singlenode.errors import LaunchError
from binder_singlenode.health.expectations import launch_link

HOST = Host.model_validate(
    {"address": "192.0.2.1", "gitlab": {"host": "git.uni.example"}, "github": {"host": "ghe.uni.example"}}
)


@pytest.mark.parametrize(
    ("repo", "ref", "spec"),
    [
        ("https://git.uni.example/g/s/p", "dev", "gl/g%2Fs%2Fp/dev"),
        ("o/r", None, "gh/o/r/HEAD"),
        ("https://github.com/o/r", "a/b", "git/https%3A%2F%2Fgithub.com%2Fo%2Fr/a/b"),
        ("https://gist.github.com/u/0123abcd", None, "gist/u/0123abcd"),
        ("10.5281/zenodo.3242074", None, "zenodo/10.5281/zenodo.3242074"),
        (
            "https://d.org/dataset/a?activity_id=5",
            None,
            "ckan/https%3A%2F%2Fd.org%2Fdataset%2Fa%3Factivity_id%3D5",
        ),
    ],
)
def test_the_link_is_read_back_as_the_same_name_without_the_host_file(
    repo: str, ref: str | None, spec: str
) -> None:
    link = launch_link(HOST, repo, ref)
    assert link == f"http://192.0.2.1/v2/{spec}"
    assert provider_spec(link or "") == spec


def test_nothing_to_launch_has_no_link() -> None:
    assert launch_link(HOST, None) is None


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(LaunchError):
        launch_link(HOST, "https://github.com/o/r/pull/1")
