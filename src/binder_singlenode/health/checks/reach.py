"""Network places that a session must not reach, tried from a cell in the session.

Network policies of the charts and of binder-singlenode forbid them; k3s' own controller enforces these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from binder_singlenode.binderhub import jupyter_kernel
from binder_singlenode.health.checks.remote import Kubectl
from binder_singlenode.health.expectations import Expectations
from binder_singlenode.layout.addresses import KUBELET_PORT, REGISTRY_PORT

Place = tuple[str, int]  # address and TCP port
METADATA: Place = ("169.254.169.254", 80)
"""Where clouds serve a machine's credentials (RFC 3927; the same for AWS, OpenStack, Hetzner and others)."""
CONNECT_S = 3
# The controller sees a new pod shortly after its start (https://github.com/k3s-io/k3s/issues/13432).
# Until then the pod reaches everything, except what accepts only certain pods, such as the hub.
ENFORCED_S = 60.0
HUB = "the hub"
"""The place that a session may reach: reaching it shows that the test works."""
_TRY = f"""\
import json, os, socket, urllib.parse
def answers(address, port):
    try:
        socket.create_connection((address, port), {CONNECT_S}).close()
        return True
    except OSError:
        return False
places = PLACES
hub = urllib.parse.urlsplit(os.environ["JUPYTERHUB_API_URL"])
places["{HUB}"] = [hub.hostname, hub.port or 80]
print(json.dumps([name for name, place in places.items() if answers(*place)]))
"""


def places(expect: Expectations, node: Mapping[str, Any], kubectl: Kubectl) -> dict[str, Place]:
    """The places that a session must not reach, by name."""
    service = kubectl("get", "service", "kubernetes", "-n", "default", "-o", "json")
    internal = [each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP"]
    found = {
        "the Kubernetes API": (str(service["spec"]["clusterIP"]), 443),
        "the node's kubelet": (str(internal[0]), KUBELET_PORT),
        "the cloud's metadata": METADATA,
    }
    if expect.store == "registry":
        registry = urlsplit(expect.registry_url)
        found["the registry"] = (registry.hostname or "", registry.port or REGISTRY_PORT)
    return found


def script(targets: Mapping[str, Place]) -> str:
    """Python that prints, as JSON, the names of the targets that accept a connection; the hub is one too."""
    return _TRY.replace("PLACES", json.dumps(targets))


def reached(cell: jupyter_kernel.Kernel, targets: Mapping[str, Place], limit_s: float) -> list[str]:
    """Names of the targets, and the hub, that accept a connection from the session."""
    outcome = cell.run(script(targets), limit_s)
    assert not outcome.error, f"the session's kernel says: {outcome.error}"
    names: list[str] = json.loads(outcome.text)
    return names


def verdict(names: list[str]) -> str:
    """The problem when these places are reached; "" when it is only the hub."""
    if HUB not in names:
        return "the session does not even reach the hub: what it must not reach cannot be tried"
    found = " and ".join(name for name in names if name != HUB)
    return f"the session reaches {found}: see `kubectl get networkpolicies -A`" if found else ""
