"""The options that the Helm values may set, and what traitlets accepts for each.

Taken from the classes' traits: binderhub at the commit of the pinned chart (binderhub/app.py, build.py,
quota.py, ratelimit.py, registry.py, launcher.py, repoproviders.py, events.py).
"""

from __future__ import annotations

from binder_singlenode.values.options.hub_tables import APPLICATION
from binder_singlenode.values.options.lists import ban_networks, regexes, spec_config
from binder_singlenode.values.options.types import (
    Check,
    build_resources,
    image_prefix,
    in_code,
    mapping,
    mapping_or_null,
    options,
    retired,
    size,
    switch,
    text,
    text_mapping,
    text_or_null,
    texts,
    url,
    whole,
    whole_or_null,
)

_BUILD_EXECUTOR: dict[str, Check] = {
    **options(text, "git_credentials push_secret appendix"),
    **options(mapping, "registry_credentials builder_info"),
    "memory_limit": size,
    "repo2docker_extra_args": texts,
}
_REGISTRY: dict[str, Check] = {
    **options(text, "auth_config_url docker_config_path token_url username password"),
    "url": url,
    "not_found_401": switch,
}
_LAUNCH_QUOTA: dict[str, Check] = {"total_quota": whole_or_null}

_ADDRESS = r"\^?\(?(\?:)?(https?\??|git|ssh):|\^?git@|\^?(www\\?\.)?git(hub|lab)\\?\.com"
"""A pattern that begins as an address does."""
_GITLAB_PATH = rf"{_ADDRESS}|\^?[\w-]+/"


def _provider(compared: str = "", hopeless: str = "") -> dict[str, Check]:
    """RepoProvider's options; see lists.regexes."""
    return {
        **options(regexes(compared, hopeless), "allowed_specs banned_specs high_quota_specs"),
        "spec_config": spec_config(compared, hopeless),
        "git_credentials": text,
    }


_GITHUB_API: dict[str, Check] = {
    **_provider("OWNER/REPO/REF, without a server", _ADDRESS),
    **options(text, "api_base_path client_id client_secret access_token"),
}
_DOI = _provider("the DOI alone, as 10.5281/zenodo.3242074", _ADDRESS)
_PROVIDERS: dict[str, dict[str, Check]] = {
    "RepoProvider": _provider(),
    "GitHubRepoProvider": {**_GITHUB_API, "hostname": text},
    "GistRepoProvider": {**_GITHUB_API, "allow_secret_gist": switch},
    "GitLabRepoProvider": {
        **_provider("GROUP%2FPROJECT/REF, without a server", _GITLAB_PATH),
        **options(text, "hostname access_token private_token"),
    },
    "GitRepoProvider": {
        **_provider("the quoted address, as https%3A%2F%2Fgit.example.org%2Fa/REF", r"\^?\w+\??://"),
        "allowed_protocols": texts,
    },
    **dict.fromkeys(("ZenodoProvider", "FigshareProvider", "DataverseProvider"), _DOI),
    **dict.fromkeys(("HydroshareProvider", "CKANProvider"), _provider()),
}

BINDER_CLASSES: dict[str, dict[str, Check]] = {
    "BinderHub": {
        **options(text, "about_message banner_message default_opengraph_title cors_allow_origin"),
        **options(text, "template_path extra_static_path extra_static_url_prefix normalized_origin"),
        **APPLICATION,
        "hub_api_token": text,
        **options(text, "base_url badge_base_url build_token_secret config_file google_analytics_domain"),
        **options(text, "build_class registry_class health_handler_class launch_quota_class"),
        **options(switch, "auth_enabled use_registry debug builder_required enable_api_only_mode"),
        **options(switch, "build_token_check_origin"),
        **options(mapping, "extra_header_html extra_footer_scripts tornado_settings"),
        **options(mapping, "template_variables repo_providers"),
        **options(whole(0), "per_repo_quota per_repo_quota_higher build_max_age build_token_expires_seconds"),
        **options(whole(1), "port concurrent_build_limit executor_threads build_cleanup_interval"),
        **options(url, "hub_url hub_url_local"),
        "image_prefix": image_prefix,
        "build_cleaner_class": text_or_null,
        "google_analytics_code": text_or_null,
        "ban_networks": ban_networks,
        **options(mapping_or_null, "build_docker_config buildDockerConfig"),  # the chart reads the second
        "pod_quota": retired,
        # Old names of other classes' options, which BinderHub passes on.
        **options(text, "appendix build_namespace build_image build_docker_host"),
        **options(size, "build_memory_request build_memory_limit"),
        "push_secret": text_or_null,
        "sticky_builds": switch,
        "log_tail_lines": whole(0),
        "build_node_selector": mapping,
    },
    "BuildExecutor": _BUILD_EXECUTOR,
    "KubernetesBuildExecutor": {
        **_BUILD_EXECUTOR,
        **options(text, "namespace build_image"),
        **options(text_mapping, "node_selector extra_envs"),
        "image_pull_secrets": texts,
        "docker_host": text_or_null,
        "resources": build_resources,
        "memory_request": size,
        "log_tail_lines": whole(0),
        "sticky_builds": switch,
    },
    "KubernetesCleaner": {"max_age": whole(1)},
    "LaunchQuota": _LAUNCH_QUOTA,
    "KubernetesLaunchQuota": {**_LAUNCH_QUOTA, "namespace": text},
    "RateLimiter": {"limit": whole(0), **options(whole(1), "period_seconds clean_seconds")},
    "Launcher": {
        **options(whole(1), "retries launch_timeout"),
        **options(whole(0), "retry_delay named_server_limit_per_user"),
        "allow_named_servers": switch,
        "pre_launch_hook": in_code,
    },
    "DockerRegistry": _REGISTRY,
    "ExternalRegistryHelper": {**_REGISTRY, **options(text, "service_url auth_token")},
    "EventLog": {"handlers_maker": in_code},
    "Application": APPLICATION,
    **_PROVIDERS,
}
"""The classes of BinderHub."""
