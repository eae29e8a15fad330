"""BinderHub's own half of the Helm values: the web service, the builder, the registry, the quotas."""

from __future__ import annotations

from typing import Any

from binder_singlenode.config import Host
from binder_singlenode.network import Addresses
from binder_singlenode.sizing import Sizing
from binder_singlenode.sizing_memory import BINDER_LIMIT_BYTES
from binder_singlenode.values_archive import archive_values
from binder_singlenode.values_common import PRIORITY_CLASS, cores, image, mebibytes, resources
from binder_singlenode.versions import Release

HUB_LOCAL = "http://proxy-public"
"""z2jh's Service in the same namespace; with hub.baseUrl behind it, BinderHub appends hub/api/."""

DIND_SOCKET_FOLDER = "/var/run/dind"
DIND_SOCKET = f"{DIND_SOCKET_FOLDER}/docker.sock"
DIND_LIB = "/var/lib/dind"
DIND_MTU = 1400
"""Below every pod network's: clouds' private networks have 1450, and an overlay takes another 50. With a
larger value than the network's own some downloads of a build hang for ever."""
CONCURRENT_UPLOADS = 5
"""dind and the registry share one disk: more uploads at once (the members' 32) only queue there."""

BUILD_MAX_AGE_S = 3600
"""Builds that take longer than an hour practically never end well, says the federation."""
PUSH_TIMEOUT_S = 1200
"""repo2docker's patience with the docker daemon; its default of 60 s ends large pushes half-way."""
BUILD_DISK = "2G"
"""A build pod holds a clone of the repository; the federation's limit."""

RATE_PERIOD_S = 3600
RATE_LIMIT_MINIMUM = 60


def binder_values(host: Host, sizing: Sizing, release: Release, addresses: Addresses) -> dict[str, Any]:
    """Everything but `jupyterhub:`."""
    return {
        "replicas": 1,
        "resources": resources(sizing.core.binder_bytes, sizing.cpu.binder, BINDER_LIMIT_BYTES, 2),
        "extraPodSpec": {"priorityClassName": PRIORITY_CLASS},
        "deployment": _probes(),
        "service": {"type": "ClusterIP"},
        "ingress": {"enabled": False},
        "registry": _registry(addresses),
        "config": _config(host, sizing, release, addresses),
        **archive_values(),
        "imageBuilderType": "dind",
        "dind": _dind(sizing, release, addresses),
        # It knows dind's images but not containerd's, and it cordons the only node while it works.
        "imageCleaner": {"enabled": False, "cordon": False},
    }


def _probes() -> dict[str, Any]:
    """Five minutes to start instead of the chart's 25 s, which kill a slow starter for ever."""
    return {
        "readinessProbe": {"enabled": True, "timeoutSeconds": 10},
        "livenessProbe": {"enabled": True, "periodSeconds": 10, "timeoutSeconds": 10, "failureThreshold": 30},
    }


def _registry(addresses: Addresses) -> dict[str, str]:
    """The scheme is in the URL: BinderHub takes https otherwise, and has no switch for it.

    Our registry asks for no login, but without a username and password the chart writes `%!s(<nil>)`.
    """
    return {"url": addresses.registry_url, "username": "anonymous", "password": "anonymous"}


def _config(host: Host, sizing: Sizing, release: Release, addresses: Addresses) -> dict[str, Any]:
    """Options of BinderHub's Python classes."""
    return {
        "BinderHub": {
            "base_url": "/",
            "hub_url": host.hub_url,
            "hub_url_local": f"{HUB_LOCAL}{host.hub_path}",
            "use_registry": True,
            "image_prefix": addresses.image_prefix,
            "cors_allow_origin": "*",
            "per_repo_quota": sizing.per_repository,
            "concurrent_build_limit": sizing.concurrent_builds,
        },
        "LaunchQuota": {"total_quota": sizing.quota},
        # A classroom sits behind one address, so one address may fill the machine twice in an hour.
        "RateLimiter": {"limit": max(RATE_LIMIT_MINIMUM, 2 * sizing.quota), "period_seconds": RATE_PERIOD_S},
        "KubernetesCleaner": {"max_age": BUILD_MAX_AGE_S},
        "KubernetesBuildExecutor": _builds(host, sizing, release),
    }


def _builds(host: Host, sizing: Sizing, release: Release) -> dict[str, Any]:
    """Build pods: repo2docker, talking to dind's socket."""
    return {
        "build_image": host.release.repo2docker_image or release.settings["repo2docker_image"],
        "docker_host": DIND_SOCKET,
        # Without spaces: repo2docker's command line is split at them.
        "repo2docker_extra_args": [f'--DockerEngine.extra_init_args={{"timeout":{PUSH_TIMEOUT_S}}}'],
        # One manifest an image: BinderHub's check does not find an index, and would build again each time.
        "extra_envs": {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
        "resources": {
            "requests": {
                "memory": mebibytes(sizing.build_memory_bytes),
                "cpu": cores(sizing.cpu.build),
                "ephemeral-storage": "0",
            },
            "limits": {"memory": host.builds.memory_limit, "cpu": "1", "ephemeral-storage": BUILD_DISK},
        },
    }


def _dind(sizing: Sizing, release: Release, addresses: Addresses) -> dict[str, Any]:
    """The docker daemon that builds."""
    return {
        "daemonset": {
            "image": image(release.settings["dind_image"]),
            "extraArgs": [
                f"--insecure-registry={addresses.registry_host}",
                f"--mtu={DIND_MTU}",
                f"--max-concurrent-uploads={CONCURRENT_UPLOADS}",
            ],
        },
        "storageDriver": "overlay2",
        "hostSocketDir": DIND_SOCKET_FOLDER,
        "hostLibDir": DIND_LIB,
        "resources": resources(
            sizing.dind_bytes, sizing.cpu.dind, sizing.dind_limit_bytes, sizing.dind_cpu_limit
        ),
    }
