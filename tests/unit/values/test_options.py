"""The second look: options that pass both schemas and would still break, or not be there."""

from typing import Any

import pytest

from binder_singlenode.errors import ConfigError
from binder_singlenode.values.options.check import check_options, problems_in


def document(config: dict[str, Any] | None = None, hub: dict[str, Any] | None = None) -> dict[str, Any]:
    """Values that are right, with `config` and `hub` (jupyterhub.hub) merged in."""
    sections: dict[str, Any] = {"LaunchQuota": {"total_quota": 10}}
    for name, options in (config or {}).items():
        below = sections.get(name)
        both = isinstance(below, dict) and isinstance(options, dict)
        sections[name] = {**below, **options} if both and below else options
    return {"config": sections, "jupyterhub": {"hub": hub or {}}}


def test_right_values_have_no_problems() -> None:
    right = {
        "BinderHub": {"per_repo_quota": 5, "image_prefix": "10.43.0.50:5000/i-", "ban_networks": {}},
        "KubernetesBuildExecutor": {
            "memory_limit": "2G",
            "memory_request": 0,
            "docker_host": None,
            "resources": {"requests": {"cpu": 0.5, "memory": "2Gi"}, "limits": {"cpu": "100m"}},
        },
        "GitHubRepoProvider": {"access_token": "x", "anything": 1},
        "KubernetesLaunchQuota": {"total_quota": None},
    }
    check_options(document(right))


PROBLEMS = [
    ({"KubernetesBuildExecutor": {"memory_request": "0"}}, "memory_request: it must be a number of bytes"),
    ({"KubernetesBuildExecutor": {"memory_limit": "2Gi"}}, "1G = 1024^3), not '2Gi'"),
    ({"KubernetesBuildExecutor": {"memory_limit": True}}, "memory_limit: it must be a number of bytes"),
    ({"KubernetesBuildExecutor": {"resources": {"limit": {}}}}, "a mapping of requests and limits"),
    ({"KubernetesBuildExecutor": {"resources": {"limits": {"memory": "2GB"}}}}, "quantities of Kubernetes"),
    ({"KubernetesBuildExecutor": {"resources": {"limits": {"cpu": True}}}}, "quantities of Kubernetes"),
    ({"KubernetesBuildExecutor": {"extra_envs": {"A": 1}}}, "extra_envs: it must be a mapping of texts"),
    ({"KubernetesBuildExecutor": {"repo2docker_extra_args": "-x"}}, "it must be a list of texts"),
    ({"KubernetesBuildExecutor": {"sticky_builds": "yes"}}, "it must be true or false, not 'yes'"),
    ({"KubernetesBuildExecutor": {"docker_hots": "x"}}, "ignored; did you mean docker_host?"),
    ({"KubernetesBuildExecuter": {}}, "config.KubernetesBuildExecuter: there is no such class; did you mean"),
    ({"BinderHub": {"concurrent_build_limit": "4"}}, "it must be a whole number from 1 on, not '4'"),
    ({"BinderHub": {"concurrent_build_limit": 0}}, "it must be a whole number from 1 on, not 0"),
    ({"BinderHub": {"per_repo_quota": 5.0}}, "it must be a whole number from 0 on, not 5.0"),
    ({"BinderHub": {"per_repo_quota": True}}, "it must be a whole number from 0 on, not True"),
    ({"BinderHub": {"total_quota": 5}}, "config.BinderHub.total_quota: there is no such option"),
    ({"BinderHub": {"pod_quota": 500}}, "LaunchQuota.total_quota has taken its place"),
    ({"BinderHub": {"image_prefix": "myuser/i-"}}, "with a dot or port in the registry, not 'myuser/i-'"),
    ({"BinderHub": {"image_prefix": "10.0.0.1:5000/I-"}}, "in lower case"),
    ({"BinderHub": {"hub_url": "hub.example.org"}}, "it must be a URL with http:// or https://"),
    ({"BinderHub": {"banner_message": None}}, "it must be a text, not None"),
    ({"BinderHub": {"build_cleaner_class": 1}}, "it must be a text or null"),
    ({"BinderHub": {"ban_networks": []}}, "it must be a mapping, not []"),
    ({"BinderHub": []}, "config.BinderHub: it must be a mapping of options"),
    ({"LaunchQuota": {"total_quota": None}}, "or sessions fill the machine without end"),
    ({"LaunchQuota": {"total_quota": "all"}}, "it must be a whole number or null, not 'all'"),
    ({"BinderHub": {"per_repo_quota": 11}}, "per_repo_quota: 11 is more than the total quota, 10"),
    ({"RateLimiter": {"limit": -1}}, "config.RateLimiter.limit: it must be a whole number from 0 on, not -1"),
    ({"KubernetesCleaner": {"max_age": "1h"}}, "it must be a whole number from 1 on, not '1h'"),
]


@pytest.mark.parametrize(("config", "message"), PROBLEMS, ids=[message for _, message in PROBLEMS])
def test_a_wrong_option_of_binderhub_is_named(config: dict[str, Any], message: str) -> None:
    problems = list(problems_in(document(config)))
    assert any(message in problem for problem in problems), problems


HUB_PROBLEMS = [
    ({"config": {"BinderSpawner": {"auth_enabled": "false"}}}, "it must be true or false, not 'false'"),
    ({"config": {"KubeSpawner": {"mem_guarantee": "1Gi"}}}, "KubeSpawner.mem_guarantee: it must be a number"),
    ({"config": {"KubeSpawner": {"cpu_limit": "1"}}}, "cpu_limit: it must be a number from 0 on"),
    ({"config": []}, "jupyterhub.hub.config: it must be a mapping of class names"),
    ({"baseUrl": "jupyter"}, "jupyterhub.hub.baseUrl: it must begin and end with a slash, not 'jupyter'"),
    (
        {"baseUrl": "/j/", "config": {"JupyterHub": {"hub_routespec": "/hub/api/"}}},
        "hub_routespec: /hub/api/ does not begin with /j/",
    ),
]


@pytest.mark.parametrize(("hub", "message"), HUB_PROBLEMS, ids=[message for _, message in HUB_PROBLEMS])
def test_a_wrong_option_of_jupyterhub_is_named(hub: dict[str, Any], message: str) -> None:
    problems = list(problems_in(document(hub=hub)))
    assert any(message in problem for problem in problems), problems


def test_a_secret_of_a_wrong_type_is_not_repeated() -> None:
    problems = list(problems_in(document({"DockerRegistry": {"password": 12345678}})))
    assert problems == ["config.DockerRegistry.password: it must be a text"]


def test_hub_urls_must_carry_the_base_url() -> None:
    config = {"BinderHub": {"hub_url": "http://a/", "hub_url_local": "http://proxy-public/jupyter"}}
    problems = list(problems_in(document(config, {"baseUrl": "/jupyter/"})))
    assert problems == [
        "config.BinderHub.hub_url: http://a/ does not end with jupyterhub.hub.baseUrl, /jupyter/"
    ]


def test_options_of_jupyterhub_that_are_not_listed_pass() -> None:
    check_options(
        document(hub={"config": {"JupyterHub": {"tornado_settings": {}}, "KubeSpawner": {"gid": 1}}})
    )


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        check_options(document({"BinderHub": {"debug": 1, "port": 0}, "LaunchQuota": {"total_quota": -1}}))
    assert len(caught.value.message.splitlines()) == 3
    assert "release.extra_values" in (caught.value.hint or "")


def test_values_without_the_sections_are_looked_at_too() -> None:
    assert list(problems_in({})) == [
        "config.LaunchQuota.total_quota: it must be a number, or sessions fill the machine without end"
    ]
