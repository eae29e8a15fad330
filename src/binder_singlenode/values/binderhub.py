"""BinderHub's own half of the Helm values: the web service, the builder, the quotas."""

from __future__ import annotations

from typing import Any

from binder_singlenode.config import Host
from binder_singlenode.config.builder_arguments import BRIDGE
from binder_singlenode.layout.addresses import Addresses
from binder_singlenode.layout.names import BUILDS_SLICE, DIND_SOCKET, DIND_SOCKET_FOLDER, PRIORITY_CLASS
from binder_singlenode.layout.system import BUILD_MAX_AGE_S
from binder_singlenode.releases.versions import Release
from binder_singlenode.sizing.memory import BINDER_LIMIT_BYTES
from binder_singlenode.sizing.size import Sizing
from binder_singlenode.values.image_store import builder_arguments
from binder_singlenode.values.launch_archive import archive_values
from binder_singlenode.values.resources import RESOLVER_ANNOTATION, cores, image, mebibytes, resources

HUB_LOCAL = "http://proxy-public"
"""z2jh's Service in the same namespace; hub.baseUrl is added, and BinderHub then appends hub/api/."""

DIND_MTU = 1400
"""Not above the MTU of any pod network: clouds' private networks have 1450, and an overlay takes another 50.
With a larger MTU than the network's, some downloads in builds hang."""

NO_SEARCH = "--dns-search=."
"""For RUN: dockerd would hand on the search domains of its own pod. A build needs none, and without them each
name takes one query, not four."""
BUILD_DISK = "2G"
"""A build pod holds a clone of the repository; the federation's limit."""

RATE_PERIOD_S = 3600
RATE_LIMIT_MINIMUM = 60


def binder_values(host: Host, sizing: Sizing, release: Release, addresses: Addresses) -> dict[str, Any]:
    """BinderHub's values: everything except `jupyterhub:`."""
    return {
        "replicas": 1,
        "resources": resources(sizing.memory.core.binder_bytes, sizing.cpu.binder, BINDER_LIMIT_BYTES, 2),
        "extraPodSpec": {"priorityClassName": PRIORITY_CLASS},
        "podAnnotations": RESOLVER_ANNOTATION,
        "deployment": _probes(),
        "service": {"type": "ClusterIP"},
        "ingress": {"enabled": False},
        "config": _config(host, sizing, release),
        **archive_values(),
        "imageBuilderType": "dind",
        "dind": _dind(host, sizing, release, addresses),
        # It cleans dind's images but not containerd's, and it cordons the only node while it runs.
        "imageCleaner": {"enabled": False, "cordon": False},
    }


def _probes() -> dict[str, Any]:
    """Five minutes to start, instead of the chart's 25 s, which restart a slow pod again and again."""
    return {
        "readinessProbe": {"enabled": True, "timeoutSeconds": 10},
        "livenessProbe": {"enabled": True, "periodSeconds": 10, "timeoutSeconds": 10, "failureThreshold": 30},
    }


def _config(host: Host, sizing: Sizing, release: Release) -> dict[str, Any]:
    """Options of BinderHub's Python classes."""
    return {
        "BinderHub": {
            "base_url": "/",
            "hub_url": host.hub_url,
            "hub_url_local": f"{HUB_LOCAL}{host.hub_path}",
            "cors_allow_origin": "*",
            "per_repo_quota": sizing.sessions.per_repository,
            "concurrent_build_limit": sizing.builds.concurrent,
        },
        "LaunchQuota": {"total_quota": sizing.sessions.quota},
        # A whole class can share one address, so one address may launch twice the quota per hour.
        "RateLimiter": {
            "limit": max(RATE_LIMIT_MINIMUM, 2 * sizing.sessions.quota),
            "period_seconds": RATE_PERIOD_S,
        },
        "KubernetesCleaner": {"max_age": BUILD_MAX_AGE_S},
        "KubernetesBuildExecutor": _builds(host, sizing, release),
    }


def _builds(host: Host, sizing: Sizing, release: Release) -> dict[str, Any]:
    """Build pods: repo2docker, connected to dind's socket."""
    return {
        "build_image": host.release.repo2docker_image or release.settings["repo2docker_image"],
        "docker_host": DIND_SOCKET,
        # One manifest per image: BinderHub's check does not find an image index and would rebuild each time.
        "extra_envs": {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
        "resources": {
            "requests": {
                "memory": mebibytes(sizing.builds.memory_bytes),
                "cpu": cores(sizing.cpu.build),
                "ephemeral-storage": "0",
            },
            "limits": {"memory": host.builds.memory_limit, "cpu": "1", "ephemeral-storage": BUILD_DISK},
        },
    }


def _dind(host: Host, sizing: Sizing, release: Release, addresses: Addresses) -> dict[str, Any]:
    """The Docker daemon that builds images."""
    return {
        "daemonset": {
            "image": image(release.settings["dind_image"]),
            "extraArgs": [
                *builder_arguments(host, addresses),
                f"{BRIDGE}={addresses.builder_bridge}",
                f"--mtu={DIND_MTU}",
                NO_SEARCH,
                f"--cgroup-parent=/{BUILDS_SLICE}",
            ],
        },
        "hostSocketDir": DIND_SOCKET_FOLDER,
        "resources": resources(
            sizing.memory.dind_bytes, sizing.cpu.dind, sizing.memory.dind_limit_bytes, sizing.cpu.dind_limit
        ),
    }
