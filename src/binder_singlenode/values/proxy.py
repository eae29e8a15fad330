"""The web proxy in the Helm values, for builder, build pods, RUN commands, BinderHub's pods and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from binder_singlenode.base.ip import as_ip
from binder_singlenode.config import Host, proxy_environment
from binder_singlenode.layout.addresses import LINK_LOCAL_NETWORK


def proxy_values(host: Host, base: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the proxy, to merge on top of `base`, including its list items. Empty without a proxy."""
    environment = proxy_environment.environment(host)
    if not environment:
        return {}
    policy = base["jupyterhub"]["singleuser"]["networkPolicy"]
    arguments = base["dind"]["daemonset"]["extraArgs"]
    return {
        "extraEnv": environment,
        "config": _builds(host, environment),
        "dind": {"daemonset": {"extraArgs": [*arguments, *_dockerd(environment)]}},
        "jupyterhub": {
            "hub": {"extraEnv": environment},
            "singleuser": {
                "extraEnv": environment,
                "networkPolicy": {"egress": [*policy["egress"], *(_way(url) for url in host.proxy.urls)]},
            },
        },
    }


def _builds(host: Host, environment: Mapping[str, str]) -> dict[str, Any]:
    """RUN's proxy. Without a registry BinderHub gives builds no Docker client configuration, so repo2docker
    passes the same build arguments."""
    if host.images.store == "registry":
        client = {"proxies": {"default": _docker_client(environment)}}
        return {
            "BinderHub": {"buildDockerConfig": client},
            "KubernetesBuildExecutor": {"extra_envs": environment},
        }
    option = "--DockerEngine.extra_buildx_build_args=--build-arg"
    arguments = [f"{option}={name}={value}" for name, value in environment.items()]
    return {"KubernetesBuildExecutor": {"extra_envs": environment, "repo2docker_extra_args": arguments}}


def _docker_client(environment: Mapping[str, str]) -> dict[str, str]:
    """The Docker client passes these to every RUN as build arguments and does not store them in the image."""
    names = {"httpProxy": "HTTP_PROXY", "httpsProxy": "HTTPS_PROXY", "noProxy": "NO_PROXY"}
    return {key: environment[name] for key, name in names.items() if name in environment}


def _dockerd(environment: Mapping[str, str]) -> list[str]:
    """Proxy of dockerd, which pulls base images and pushes. The chart sets arguments, but no environment."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    return [
        f"--{name.lower().replace('_', '-')}={environment[name]}" for name in names if name in environment
    ]


def _way(url: str) -> dict[str, Any]:
    """Egress rule for sessions to the proxy. Network policies cannot contain host names: for a name, the rule
    allows its port on any address except link-local ones, where the cloud's metadata is."""
    parts = urlsplit(url)
    address = as_ip(parts.hostname or "")
    anywhere = {"cidr": "0.0.0.0/0", "except": [LINK_LOCAL_NETWORK]}
    block = {"cidr": f"{address}/{address.max_prefixlen}"} if address else anywhere
    return {
        "to": [{"ipBlock": block}],
        "ports": [{"protocol": "TCP", "port": proxy_environment.port_of(parts)}],
    }
