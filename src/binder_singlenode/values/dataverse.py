"""The list of Dataverse installations, which BinderHub serves to the builds.

By default repo2docker downloads this list from an external site at the start of every build, for any kind of
repository. The build fails when that site does not respond. repo2docker reads the list over HTTP(S) only
(requests.get), so a server is needed. BinderHub has just started the build, so it is running; its fixed
address needs no DNS, no TLS and no other program.
"""

from __future__ import annotations

from typing import Any

from binder_singlenode.base.render import render
from binder_singlenode.layout.addresses import Addresses

FILE = "dataverse.json"
FOLDER = "/etc/binderhub/extra-static"
URL_PREFIX = "/extra_static/"


def dataverse_values(addresses: Addresses) -> dict[str, Any]:
    """The list as a file in BinderHub's pod, and its URL in the builds' environment."""
    url = f"http://{addresses.binder_upstream}{URL_PREFIX}{FILE}"
    text = render("release/dataverse.json.j2")
    return {
        "extraFiles": {FILE: {"mountPath": f"{FOLDER}/{FILE}", "stringData": text}},
        "config": {
            "BinderHub": {"extra_static_path": FOLDER, "extra_static_url_prefix": URL_PREFIX},
            "KubernetesBuildExecutor": {"extra_envs": {"R2D_DATAVERSE_INSTALLATIONS_URL": url}},
        },
    }
