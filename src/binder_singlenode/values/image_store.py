"""Where built images are kept, in the Helm values: `images.store` of the host file."""

from __future__ import annotations

import json
from typing import Any

from binder_singlenode.config import Host
from binder_singlenode.layout import image_store
from binder_singlenode.layout.addresses import REGISTRY_PORT, Addresses
from binder_singlenode.layout.names import DIND_SOCKET, DIND_SOCKET_FOLDER
from binder_singlenode.releases.versions import Release
from binder_singlenode.sizing.size import Sizing

CONCURRENT_UPLOADS = 5
"""dind and the registry share one disk: more concurrent uploads (the members' 32) would only queue there."""
CHAIN_LIMIT_S = 300
"""Maximum wait for dockerd's iptables chains; an emulated machine needs a minute."""
SETTINGS_FOLDER = "/settings"
CONTAINERD_FOLDER = "/containerd"
"""Folder of containerd's socket in the builder's pod; not in /run, all of which the entry point searches."""


def builder_arguments(host: Host, addresses: Addresses) -> list[str]:
    """dockerd's arguments that depend on the store."""
    if host.images.store == "shared":
        return [
            f"--config-file={SETTINGS_FOLDER}/daemon.json",
            f"--containerd={CONTAINERD_FOLDER}/containerd.sock",
            f"--containerd-namespace={image_store.CONTAINERD_NAMESPACE}",
        ]
    return [
        f"--insecure-registry={addresses.registry_host}",
        f"--max-concurrent-uploads={CONCURRENT_UPLOADS}",
    ]


def store_values(host: Host, sizing: Sizing, release: Release, addresses: Addresses) -> dict[str, Any]:
    """Values of the image store, to merge on top of BinderHub's; without builder_arguments."""
    if host.images.store == "shared":
        return _shared(sizing, release)
    return _registry(host, addresses)


def _registry(host: Host, addresses: Addresses) -> dict[str, Any]:
    """Values of the store `registry`.

    The URL includes the scheme, because BinderHub uses https otherwise and has no option for it. The registry
    needs no login, but without a username and password the chart writes `%!s(<nil>)`.
    """
    hook = {"exec": {"command": ["sh", "-c", _closed_to_run(host)]}}
    return {
        "registry": {"url": addresses.registry_url, "username": "anonymous", "password": "anonymous"},
        "config": {"BinderHub": {"use_registry": True, "image_prefix": addresses.image_prefix}},
        "dind": {
            "storageDriver": "overlay2",
            "hostLibDir": image_store.BUILDER_FOLDERS["registry"],
            "daemonset": {"lifecycle": {"postStart": hook}},
        },
    }


def _closed_to_run(host: Host) -> str:
    """Shell that blocks RUN's access to the registry. The registry has no password, so RUN commands of one
    repository could replace another's image. Their packets leave through the builder's pod, so a network
    policy cannot separate RUN from the builder. But only RUN's packets pass Docker's chain DOCKER-USER."""
    networks = f"{host.network.service_cidr} {host.network.pod_cidr}"
    rule = f"DOCKER-USER -p tcp --dport {REGISTRY_PORT} -d $network -j REJECT"
    return (
        f"try=0; while [ $try -lt {CHAIN_LIMIT_S} ]; do for tool in iptables iptables-legacy; do"
        " if $tool -w -n -L DOCKER-USER >/dev/null 2>&1; then"
        f" for network in {networks}; do"
        f" $tool -w -C {rule} 2>/dev/null || $tool -w -I {rule} || exit 1; done;"
        " exit 0; fi; done; sleep 1; try=$((try + 1)); done;"
        " echo 'dockerd has made no chain DOCKER-USER' >&2; exit 1"
    )


def _shared(sizing: Sizing, release: Release) -> dict[str, Any]:
    """Values of the store `shared`. BinderHub queries the builder whether an image exists. It mounts the
    folder of the builder's socket: the socket file alone would be stale after a restart of the builder."""
    settings = {"name": "settings", "mountPath": SETTINGS_FOLDER}
    return {
        "config": {"BinderHub": {"use_registry": False, "image_prefix": image_store.SHARED_PREFIX}},
        "extraEnv": {"DOCKER_HOST": f"unix://{DIND_SOCKET}"},
        "extraVolumes": [_host_folder("builder", DIND_SOCKET_FOLDER, "DirectoryOrCreate")],
        "extraVolumeMounts": [{"name": "builder", "mountPath": DIND_SOCKET_FOLDER}],
        "dind": {
            "storageDriver": image_store.SNAPSHOTTER,
            "hostLibDir": image_store.BUILDER_FOLDERS["shared"],
            "initContainers": [_write_settings(release.settings["dind_image"], sizing, settings)],
            "daemonset": {
                "extraVolumes": [
                    {"name": "settings", "emptyDir": {}},
                    _host_folder("containerd", image_store.CONTAINERD_SOCKET_FOLDER, "Directory"),
                    _host_folder("images", image_store.CONTAINERD_ROOT, "Directory"),
                ],
                "extraVolumeMounts": [
                    settings,
                    _seen_as_it_changes("containerd", CONTAINERD_FOLDER),
                    # dockerd mounts snapshots by the paths that containerd returns.
                    _seen_as_it_changes("images", image_store.CONTAINERD_ROOT),
                ],
            },
        },
    }


def daemon_settings(sizing: Sizing) -> dict[str, Any]:
    """dockerd's daemon.json: settings that have no argument. dockerd limits the build cache itself: it holds
    leases on the cache, so the kubelet cannot delete it."""
    keep = f"{sizing.disk.shared_cache_bytes}B"
    return {
        "features": {"containerd-snapshotter": True},
        "builder": {"gc": {"enabled": True, "defaultKeepStorage": keep}},
    }


def _write_settings(image: str, sizing: Sizing, mount: dict[str, str]) -> dict[str, Any]:
    """Init container that writes daemon.json. Changed settings change the pod, so the builder restarts."""
    return {
        "name": "settings",
        "image": image,
        "command": ["sh", "-c", f'printf %s "$SETTINGS" > {SETTINGS_FOLDER}/daemon.json'],
        "env": [{"name": "SETTINGS", "value": json.dumps(daemon_settings(sizing))}],
        "volumeMounts": [mount],
    }


def _host_folder(name: str, path: str, kind: str) -> dict[str, Any]:
    return {"name": name, "hostPath": {"path": path, "type": kind}}


def _seen_as_it_changes(name: str, path: str) -> dict[str, Any]:
    """Mount that follows the host's unmounts, so that the builder does not keep those file systems busy."""
    return {"name": name, "mountPath": path, "mountPropagation": "HostToContainer"}
