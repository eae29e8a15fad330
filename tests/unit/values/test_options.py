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
        "GitHubRepoProvider": {"access_token": "x", "banned_specs": ["^evil/.*"]},
        "GitLabRepoProvider": {"spec_config": [{"pattern": "^a%2Fb/.*", "config": {"quota": 3}}]},
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
    ({"BinderHub": {"ban_networks": []}}, "it must be a mapping of networks to labels, not []"),
    ({"BinderHub": []}, "config.BinderHub: it must be a mapping of options"),
    ({"LaunchQuota": {"total_quota": None}}, "or sessions fill the machine without end"),
    ({"LaunchQuota": {"total_quota": "all"}}, "it must be a whole number or null, not 'all'"),
    ({"BinderHub": {"per_repo_quota": 11}}, "per_repo_quota: 11 is more than the total quota, 10"),
    ({"RateLimiter": {"limit": -1}}, "config.RateLimiter.limit: it must be a whole number from 0 on, not -1"),
    ({"KubernetesCleaner": {"max_age": "1h"}}, "it must be a whole number from 1 on, not '1h'"),
    ({"GitHubRepoProvider": {"banned_spec": []}}, "ignored; did you mean banned_specs?"),
    ({"GitHubRepoProvider": {"bannedSpecs": []}}, "ignored; did you mean banned_specs?"),
    ({"GithubRepoProvider": {"banned_specs": []}}, "no such class; did you mean GitHubRepoProvider?"),
    ({"githubrepoprovider": {}}, "no such class; did you mean GitHubRepoProvider?"),
    ({"Nothing": {}}, "config.Nothing: there is no such class in BinderHub, so it would be ignored"),
    ({"KubeSpawner": {}}, "this class is JupyterHub's: it goes below jupyterhub.hub.config"),
    ({"RepoProvider": {"banned_specs": ["^evil/(.*"]}}, "'^evil/(.*': it must be a regular expression"),
    ({"GistRepoProvider": {"high_quota_specs": "a"}}, "it must be a list of regular expressions, not 'a'"),
    ({"GitHubRepoProvider": {"allowed_specs": [1]}}, "must be a text with a regular expression"),
    (
        {"GitHubRepoProvider": {"banned_specs": ["https://github.com/a/.*"]}},
        "compares it with OWNER/REPO/REF",
    ),
    ({"GitHubRepoProvider": {"banned_specs": [r"^github\.com/a"]}}, "never matches"),
    ({"GitLabRepoProvider": {"banned_specs": ["^group/project"]}}, "compares it with GROUP%2FPROJECT/REF"),
    ({"GitRepoProvider": {"banned_specs": ["^https://evil"]}}, "compares it with the quoted address"),
    ({"GitHubRepoProvider": {"spec_config": {"^a": {"quota": 1}}}}, "it must be a list; each item"),
    ({"GitHubRepoProvider": {"spec_config": [{"^a": {}}]}}, "each item must have pattern:"),
    ({"GitHubRepoProvider": {"spec_config": [{"pattern": "(", "config": {}}]}}, "regular expression"),
    (
        {"GitHubRepoProvider": {"spec_config": [{"pattern": "a", "config": {"quota": "9"}}]}},
        "quota must be a whole number",
    ),
    ({"GistRepoProvider": {"hostname": "ghe.example.org"}}, "hostname: there is no such option"),
    ({"GitLabRepoProvider": {"hostname": 1}}, "hostname: it must be a text, not 1"),
    ({"BinderHub": {"ban_networks": {"192.0.2.300/24": "x"}}}, 'ban_networks: it must be a network, as "192'),
    ({"BinderHub": {"ban_networks": {"192.0.2.7/24": "x"}}}, "has host bits set"),
    ({"BinderHub": {"ban_networks": {"192.0.2.0/24": "x", 7: "y"}}}, "7: it must be a network"),
    ({"BinderHub": {"ban_networks_min_prefix_len": 8}}, "there is no such option"),
    ({"Launcher": {"pre_launch_hook": "f"}}, "a Python function, which goes into extraConfig"),
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
    ({"config": {"KubeSpawner": {"mem_limit": "2GB"}}}, "it must be a number of bytes, or a text with K, M"),
    ({"config": {"KubeSpawner": {"memLimit": "2G"}}}, "KubeSpawner.memLimit: there is no such option"),
    ({"config": {"KubeSpawner": {"start_timeout": "600"}}}, "a whole number from 0 on, not '600'"),
    ({"config": {"BinderSpawner": {"start_timeout": -1}}}, "a whole number from 0 on, not -1"),
    ({"config": {"Kubespawner": {}}}, "no such class; did you mean KubeSpawner?"),
    ({"config": {"ConfigurableHTTPProxy": {"timeout": 5}}}, "timeout: there is no such option"),
    ({"config": {"ConfigurableHTTPProxy": {"concurrency": "9"}}}, "a whole number from 0 on, not '9'"),
    ({"config": {"Authenticator": {"allowed_users": "alice"}}}, "it must be a list, not 'alice'"),
    ({"config": {"Authenticator": {"username_pattern": "("}}}, "it must be a regular expression"),
    ({"config": {"Authenticator": {"blacklist": ["eve"]}}}, "blacklist: it is called blocked_users"),
    ({"config": {"GitHubOAuthenticator": {"blacklist": ["eve"]}}}, "nobody is blocked"),
    (
        {"config": {"GitHubOAuthenticator": {"allowed_organisations": []}}},
        "did you mean allowed_organizations?",
    ),
    ({"config": {"JupyterHub": {"cookie_max_age": 1}}}, "did you mean cookie_max_age_days?"),
    (
        {"config": {"JupyterHub": {"trusted_downstream_ips": ["10.0.0.0/8"]}}},
        "it must be a list of IP addresses",
    ),
    ({"config": {"BinderHub": {}}}, "this class is BinderHub's: it goes below config"),
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


def test_classes_and_options_of_ones_own_pass() -> None:
    code = {"a": "class MySpawner(KubeSpawner):\n    pass\nc.JupyterHub.spawner_class = MySpawner\n"}
    check_options(document(hub={"config": {"MySpawner": {"anything": 1}}, "extraConfig": code}))
    check_options(document(hub={"config": {"LDAPAuthenticator": {"server_address": "x"}}}))
    image = {"name": "example.test/hub", "tag": "9"}
    check_options(
        document(hub={"config": {"JupyterHub": {"brand_new_switch": 1}, "Fresh": {}}, "image": image})
    )


def test_a_class_from_a_package_of_ones_own_passes() -> None:
    config = {"JupyterHub": {"authenticator_class": "mine.OurAuthenticator"}, "OurAuthenticator": {"x": 1}}
    check_options(document(hub={"config": config}))


def test_a_typing_error_counts_with_ones_own_image_too() -> None:
    hub = {"config": {"JupyterHub": {"hub_routspec": "/"}}, "image": {"tag": "9"}}
    assert any("did you mean hub_routespec?" in problem for problem in problems_in(document(hub=hub)))


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        check_options(document({"BinderHub": {"debug": 1, "port": 0}, "LaunchQuota": {"total_quota": -1}}))
    assert len(caught.value.message.splitlines()) == 3
    assert "release.extra_values" in (caught.value.hint or "")


def test_values_without_the_sections_are_looked_at_too() -> None:
    assert list(problems_in({})) == [
        "config.LaunchQuota.total_quota: it must be a number, or sessions fill the machine without end"
    ]
