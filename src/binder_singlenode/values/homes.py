"""Mode persistent in the Helm values: one home for each user, in all of the user's sessions.

It is used together with sign-in (sign_in.py). deploy/steps/homes.py creates the volumes in advance, and a
user's first session claims one. The claim is named after the user only, so all named servers share it.
"""

from __future__ import annotations

from typing import Any

from binder_singlenode.config import Host
from binder_singlenode.layout.names import HOME_MOUNT_PATH, HOME_STORAGE_CLASS


def persistent_values(host: Host) -> dict[str, Any]:
    """Values for mode persistent, to merge on top; empty with mode binder."""
    if not host.persistent:
        return {}
    return {
        "jupyterhub": {
            # A stopped environment stays on the user's page and can be started again.
            "cull": {"removeNamedServers": False},
            "hub": {
                # A deleted user who returns gets the same home: only an operator deletes homes.
                "config": {"KubeSpawner": {"delete_pvc": False}},
                "templateVars": {"announcement_home": _announcement(host)},
            },
            "singleuser": {"storage": _storage(host)},
        }
    }


def _storage(host: Host) -> dict[str, Any]:
    return {
        "type": "dynamic",
        "capacity": host.home.size,
        "homeMountPath": HOME_MOUNT_PATH,
        "dynamic": {
            "storageClass": HOME_STORAGE_CLASS,
            "pvcNameTemplate": "claim-{username}",
            "volumeNameTemplate": "home",
            "storageAccessModes": ["ReadWriteOnce"],
        },
    }


def _announcement(host: Host) -> str:
    """Text at the top of the user's page in JupyterHub, which has no form to launch a repository."""
    link = f'<a href="{host.base_url}">Launch a repository</a>'
    return f"{link}. Of a session stays what lies in ~/persistent: {host.home.size} for each user."
