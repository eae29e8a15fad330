"""The options that the values may set, and what traitlets takes for each.

From the classes' own traits: binderhub at the commit of the pinned chart (binderhub/app.py, build.py,
quota.py, ratelimit.py, registry.py, launcher.py), and JupyterHub 5.3 (jupyterhub/app.py). A check returns
None, or a phrase that says what the option must be. traitlets does not convert: "5" is no integer to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], str | None]

_BYTES = re.compile(r"-?[0-9]+(\.[0-9]+)?[KMGT]")
_KUBERNETES = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|[KMGTPE]i)?")


def whole(low: int = 0) -> Check:
    """An integer from `low` on."""

    def check(value: Any) -> str | None:
        fits = type(value) is int and value >= low
        return None if fits else f"it must be a whole number from {low} on"

    return check


def whole_or_null(value: Any) -> str | None:
    """An integer from 0 on, or null."""
    return (
        None if value is None or (type(value) is int and value >= 0) else "it must be a whole number or null"
    )


def number(value: Any) -> str | None:
    """An integer or float from 0 on."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return None if fits else "it must be a number from 0 on"


def switch(value: Any) -> str | None:
    """true or false."""
    return None if isinstance(value, bool) else "it must be true or false"


def text(value: Any) -> str | None:
    """A string."""
    return None if isinstance(value, str) else "it must be a text"


def text_or_null(value: Any) -> str | None:
    """A string or null."""
    return None if value is None or isinstance(value, str) else "it must be a text or null"


def mapping(value: Any) -> str | None:
    """A dict."""
    return None if isinstance(value, Mapping) else "it must be a mapping"


def texts(value: Any) -> str | None:
    """A list of strings."""
    fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return None if fits else "it must be a list of texts"


def text_mapping(value: Any) -> str | None:
    """A dict of strings, such as environment variables: a number there is refused by Kubernetes."""
    fits = isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())
    return None if fits else "it must be a mapping of texts"


def size(value: Any) -> str | None:
    """ByteSpecification: a number, or digits and one of K M G T. The text "0" is refused, "1Gi" too."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None
    fits = isinstance(value, str) and _BYTES.fullmatch(value) is not None
    return None if fits else "it must be a number of bytes, or a text with K, M, G or T (1G = 1024^3)"


def url(value: Any) -> str | None:
    """An http(s) URL."""
    fits = isinstance(value, str) and re.match(r"https?://[^/\s]+", value) is not None
    return None if fits else "it must be a URL with http:// or https://"


def image_prefix(value: Any) -> str | None:
    """registry/prefix: the part before the first slash must look like a host, or it means Docker Hub."""
    fits = isinstance(value, str) and re.fullmatch(r"[a-z0-9.-]*[.:][a-z0-9.:-]*/[a-z0-9._/-]*", value)
    return None if fits else "it must be registry/prefix in lower case, with a dot or port in the registry"


def build_resources(value: Any) -> str | None:
    """Kubernetes' requests and limits."""
    if not isinstance(value, Mapping) or set(value) - {"requests", "limits"}:
        return "it must be a mapping of requests and limits"
    for part in value.values():
        if not isinstance(part, Mapping) or not all(_is_quantity(item) for item in part.values()):
            return "its requests and limits must be quantities of Kubernetes, such as 2G, 512Mi or 100m"
    return None


def _is_quantity(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) or (
        isinstance(value, str) and _KUBERNETES.fullmatch(value) is not None
    )


def anything(value: Any) -> str | None:
    """Not checked."""
    return None


def retired(value: Any) -> str | None:
    """BinderHub.pod_quota: it still works, and overrides the quota that the sizing computed."""
    return "it must be left out, LaunchQuota.total_quota has taken its place"


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
    **_all(whole(1), "http_timeout start_timeout"),
    **_all(size, "mem_limit mem_guarantee"),
    **_all(number, "cpu_limit cpu_guarantee"),
    **_all(mapping, "extra_pod_config environment"),
}
HUB_CLASSES: dict[str, dict[str, Check]] = {
    "BinderSpawner": {**_SPAWNER, "auth_enabled": switch, "cors_allow_origin": text},
    "KubeSpawner": _SPAWNER,
    "JupyterHub": {
        **_all(text, "authenticator_class hub_routespec base_url"),
        **_all(whole(0), "concurrent_spawn_limit active_server_limit"),
        "authenticate_prometheus": switch,
    },
}
"""A part: these classes have many more options, which are left to JupyterHub."""
