"""The list of Dataverse installations, which repo2docker reads at the start of every build: from BinderHub.

repo2docker fetches it from a site elsewhere, for a repository of any kind, and the build fails when that site
does not answer. It reads it by http(s) only (requests.get), so it must be served; BinderHub, which has just
started the build, answers at a fixed address that needs no DNS, no TLS and no other program.
"""

from __future__ import annotations

from typing import Any

from binder_singlenode.base.render import render
from binder_singlenode.layout.addresses import Addresses

FILE = "dataverse.json"
FOLDER = "/etc/binderhub/extra-static"
URL_PREFIX = "/extra_static/"


def dataverse_values(addresses: Addresses) -> dict[str, Any]:
    """The file in BinderHub's pod, and builds told where it is."""
    url = f"http://{addresses.binder_upstream}{URL_PREFIX}{FILE}"
    text = render("release/dataverse.json.j2")
    return {
        "extraFiles": {FILE: {"mountPath": f"{FOLDER}/{FILE}", "stringData": text}},
        "config": {
            "BinderHub": {"extra_static_path": FOLDER, "extra_static_url_prefix": URL_PREFIX},
            "KubernetesBuildExecutor": {"extra_envs": {"R2D_DATAVERSE_INSTALLATIONS_URL": url}},
        },
    }
