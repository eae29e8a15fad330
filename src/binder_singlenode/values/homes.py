"""Mode persistent in the Helm values: one home for each user, in all of the user's sessions.

On top of sign-in (sign_in.py). The volumes are there before (deploy/steps/homes.py); the first session of a
user claims one, by a claim that is named after the user alone, and so belongs to all named servers.
"""

from __future__ import annotations

from typing import Any

from binder_singlenode.config import Host
from binder_singlenode.layout.names import HOME_MOUNT_PATH, HOME_STORAGE_CLASS


def persistent_values(host: Host) -> dict[str, Any]:
    """What comes on top; nothing with mode binder."""
    if not host.persistent:
        return {}
    return {
        "jupyterhub": {
            # An earlier environment stays on the user's page, to be started again.
            "cull": {"removeNamedServers": False},
            "hub": {
                # A user who is deleted and comes back finds the home again: only a person deletes one.
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
    """Above the user's page in JupyterHub, which knows nothing of repositories."""
    link = f'<a href="{host.base_url}">Launch a repository</a>'
    return f"{link}. Of a session stays what lies in ~/persistent: {host.home.size} for each user."
