"""Trusted roots (`trusted_roots`) in the Helm values: BinderHub, JupyterHub, builds with RUN, sessions.

All get the bundle that the step `trust` keeps on the host: the host's roots and the operator's. Programs
whose image is known (BinderHub, JupyterHub, repo2docker, dockerd) find it where their system keeps its own.
RUN commands get it from the builder's runc (templates/trust/runc.sh.j2), sessions by variables.
"""

from __future__ import annotations

import hashlib
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


def trust_values(roots: str) -> dict[str, Any]:
    """Values to merge on top of the others. Empty without roots (the PEM text)."""
    if not roots:
        return {}
    # Changed roots change the name, so that the pods restart: dockerd reads them only once.
    name = f"trusted-roots-{hashlib.sha256(roots.encode()).hexdigest()[:8]}"
    system = trust_environment.environment(SYSTEM_ROOTS)
    everywhere = _mounted((name, SYSTEM_ROOTS, paths.TRUSTED_BUNDLE))
    return {
        **everywhere,
        "extraEnv": system,
        "extraConfig": {"02-trusted-roots": _BUILD_CLASS},
        "config": {"KubernetesBuildExecutor": {"extra_envs": system}},
        # dockerd with the bundle, and with a runc that hands it to RUN
        "dind": {
            "daemonset": _mounted(
                (name, SYSTEM_ROOTS, paths.TRUSTED_BUNDLE),
                ("runc-with-roots", RUNC_IN_BUILDER, paths.TRUSTING_RUNC),
            )
        },
        "jupyterhub": {
            "hub": {**everywhere, "extraEnv": system},
            "singleuser": {
                "extraEnv": trust_environment.environment(ROOTS_IN_SESSION),
                "storage": _mounted((name, ROOTS_IN_SESSION, paths.TRUSTED_BUNDLE)),
            },
        },
    }


def _mounted(*files: tuple[str, str, str]) -> dict[str, Any]:
    """Each a name, the path in the container, and the file of the host."""
    return {
        "extraVolumes": [
            {"name": name, "hostPath": {"path": file, "type": "File"}} for name, _, file in files
        ],
        "extraVolumeMounts": [{"name": name, "mountPath": path, "readOnly": True} for name, path, _ in files],
    }
