"""Trusted roots (`trusted_roots`) in the Helm values: BinderHub, JupyterHub, builds with RUN, sessions.

All get the bundle that the step `trust` keeps on the host: the host's roots and the operator's. Programs
whose image is known (BinderHub, JupyterHub, repo2docker, dockerd) find it where their system keeps its own.
RUN commands get it from the builder's runc (templates/trust/runc.sh.j2), sessions by variables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from binder_singlenode.config import trust_environment
from binder_singlenode.layout import paths
from binder_singlenode.layout.names import ROOTS_IN_SESSION, SYSTEM_ROOTS

RUNC_IN_BUILDER = "/usr/local/sbin/runc"
"""First in the PATH of the builder's image, before its own /usr/local/bin/runc."""

# get_builder_volumes is BinderHub's own way to add volumes to build pods (jupyterhub/binderhub, build.py).
_BUILD_CLASS = f"""\
from binderhub.build import KubernetesBuildExecutor
from kubernetes import client


class TrustingBuildExecutor(KubernetesBuildExecutor):
    def get_builder_volumes(self):
        volumes, mounts = super().get_builder_volumes()
        source = client.V1HostPathVolumeSource(path="{paths.TRUSTED_BUNDLE}", type="File")
        volumes.append(client.V1Volume(name="trusted-roots", host_path=source))
        mounts.append(
            client.V1VolumeMount(name="trusted-roots", mount_path="{SYSTEM_ROOTS}", read_only=True)
        )
        return volumes, mounts


c.BinderHub.build_class = TrustingBuildExecutor
"""


def trust_values(roots: str, base: Mapping[str, Any]) -> dict[str, Any]:
    """Values to merge on top of `base`, including its list items. Empty without roots (the PEM text)."""
    if not roots:
        return {}
    # Changed roots change the name, so that the pods restart: dockerd reads them only once.
    name = f"trusted-roots-{hashlib.sha256(roots.encode()).hexdigest()[:8]}"
    system = trust_environment.environment(SYSTEM_ROOTS)
    hub, sessions = base["jupyterhub"]["hub"], base["jupyterhub"]["singleuser"]
    return {
        **_mounted(base, name, SYSTEM_ROOTS),
        "extraEnv": system,
        "extraConfig": {"02-trusted-roots": _BUILD_CLASS},
        "config": {"KubernetesBuildExecutor": {"extra_envs": system}},
        "dind": {"daemonset": _builder(base["dind"]["daemonset"], name)},
        "jupyterhub": {
            "hub": {**_mounted(hub, name, SYSTEM_ROOTS), "extraEnv": system},
            "singleuser": {
                "extraEnv": trust_environment.environment(ROOTS_IN_SESSION),
                "storage": _mounted(sessions.get("storage", {}), name, ROOTS_IN_SESSION),
            },
        },
    }


def _mounted(
    base: Mapping[str, Any], name: str, path: str, file: str = paths.TRUSTED_BUNDLE
) -> dict[str, Any]:
    """The file of the host at this path, after the volumes of `base`."""
    volume = {"name": name, "hostPath": {"path": file, "type": "File"}}
    return {
        "extraVolumes": [*base.get("extraVolumes", ()), volume],
        "extraVolumeMounts": [
            *base.get("extraVolumeMounts", ()),
            {"name": name, "mountPath": path, "readOnly": True},
        ],
    }


def _builder(base: Mapping[str, Any], name: str) -> dict[str, Any]:
    """dockerd with the bundle, and with a runc that hands it to RUN."""
    return _mounted(
        _mounted(base, name, SYSTEM_ROOTS), "runc-with-roots", RUNC_IN_BUILDER, paths.TRUSTING_RUNC
    )
