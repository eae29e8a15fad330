"""The options that the Helm values may set, and what traitlets accepts for each.

Taken from the classes' traits: binderhub at the commit of the pinned chart (binderhub/app.py, build.py,
quota.py, ratelimit.py, registry.py, launcher.py), and JupyterHub 5.3 (jupyterhub/app.py).
"""

from __future__ import annotations

from binder_singlenode.values.options.types import (
    Check,
    anything,
    build_resources,
    image_prefix,
    mapping,
    number,
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


def _all(check: Check, names: str) -> dict[str, Check]:
    return dict.fromkeys(names.split(), check)


_BUILD_EXECUTOR: dict[str, Check] = {
    **_all(text, "git_credentials push_secret appendix"),
    **_all(mapping, "registry_credentials builder_info"),
    "memory_limit": size,
    "repo2docker_extra_args": texts,
}
_LAUNCH_QUOTA: dict[str, Check] = {"total_quota": whole_or_null}

BINDER_CLASSES: dict[str, dict[str, Check]] = {
    "BinderHub": {
        **_all(text, "about_message banner_message default_opengraph_title cors_allow_origin hub_api_token"),
        **_all(text, "template_path extra_static_path extra_static_url_prefix normalized_origin"),
        **_all(text, "base_url badge_base_url build_token_secret log_format log_datefmt"),
        **_all(text, "build_class registry_class health_handler_class launch_quota_class"),
        **_all(switch, "auth_enabled use_registry debug builder_required enable_api_only_mode"),
        **_all(switch, "build_token_check_origin"),
        **_all(mapping, "extra_header_html extra_footer_scripts ban_networks tornado_settings"),
        **_all(mapping, "template_variables build_docker_config buildDockerConfig repo_providers"),
        **_all(whole(0), "per_repo_quota per_repo_quota_higher build_max_age build_token_expires_seconds"),
        **_all(whole(1), "port concurrent_build_limit executor_threads build_cleanup_interval"),
        **_all(url, "hub_url hub_url_local"),
        "image_prefix": image_prefix,
        "build_cleaner_class": text_or_null,
        "log_level": anything,
        "pod_quota": retired,
        # Old names of other classes' options, which BinderHub passes on.
        **_all(text, "appendix build_namespace build_image build_docker_host"),
        **_all(size, "build_memory_request build_memory_limit"),
        "push_secret": text_or_null,
        "sticky_builds": switch,
        "log_tail_lines": whole(0),
        "build_node_selector": mapping,
    },
    "BuildExecutor": _BUILD_EXECUTOR,
    "KubernetesBuildExecutor": {
        **_BUILD_EXECUTOR,
        **_all(text, "namespace build_image"),
        **_all(text_mapping, "node_selector extra_envs"),
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
    "RateLimiter": {"limit": whole(0), **_all(whole(1), "period_seconds clean_seconds")},
    "Launcher": {
        **_all(whole(1), "retries launch_timeout"),
        **_all(whole(0), "retry_delay named_server_limit_per_user"),
        "allow_named_servers": switch,
        "pre_launch_hook": anything,
    },
    "DockerRegistry": {
        **_all(text, "auth_config_url docker_config_path token_url username password"),
        "url": url,
        "not_found_401": switch,
    },
}
"""Complete: an option that is not here does not exist."""

_SPAWNER: dict[str, Check] = {
    **_all(whole(1), "http_timeout start_timeout poll_interval"),
    **_all(size, "mem_limit mem_guarantee"),
    **_all(number, "cpu_limit cpu_guarantee"),
    **_all(mapping, "extra_pod_config environment"),
    "delete_pvc": switch,
}
HUB_CLASSES: dict[str, dict[str, Check]] = {
    "BinderSpawner": {**_SPAWNER, "auth_enabled": switch, "cors_allow_origin": text},
    "KubeSpawner": _SPAWNER,
    "JupyterHub": {
        **_all(text, "authenticator_class hub_routespec base_url"),
        **_all(whole(0), "concurrent_spawn_limit active_server_limit activity_resolution"),
        "last_activity_interval": whole(1),
        "authenticate_prometheus": switch,
    },
}
"""Incomplete: these classes have many more options, which only JupyterHub checks."""
