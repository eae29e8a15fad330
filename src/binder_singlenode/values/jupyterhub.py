"""JupyterHub's half of the Helm values (the zero-to-jupyterhub chart): hub, proxy, sessions, culler."""

from __future__ import annotations

from typing import Any

from binder_singlenode.config import Host
from binder_singlenode.layout.addresses import RESERVED_NETWORKS
from binder_singlenode.layout.names import PRIORITY_CLASS
from binder_singlenode.sizing.memory import HUB_LIMIT_BYTES, PROXY_LIMIT_BYTES
from binder_singlenode.sizing.size import Sizing
from binder_singlenode.values.resources import RESOLVER_ANNOTATION, mebibytes, resources

CONSECUTIVE_FAILURES = 0
"""The hub exits after this many failed spawns in a row; 0: never. So a full machine, or the badge of one
broken repository, does not end other sessions."""
SPAWN_TIMEOUT_S = 600
"""Timeout for image pull and container start; the same as BinderHub's launch_timeout."""
HTTP_TIMEOUT_S = 120
"""From container start to first response; JupyterHub's 30 s are too short for a busy or small machine."""
POLL_INTERVAL_S = 5
"""Interval at which the hub checks whether a session has ended by itself; its place is occupied until then.
The hub reads its cached pod list and sends no request. JupyterHub's default is 30."""
CULL_EVERY_MINIMUM_S = 60
KERNEL_CULL_INTERVAL_S = 60
ACTIVITY_INTERVAL_S = 60
"""Interval at which the hub reads the proxy's traffic (z2jh's own last_activity_interval)."""
ACTIVITY_RESOLUTION_S = 30
"""Activity is not recorded again within this time (default of JupyterHub.activity_resolution)."""
PING_EVERY_S = 30
"""Interval of the pings on an open window's websocket (Jupyter Server's ws_ping_interval)."""

NOBODY = "http://127.0.0.1:1/"
"""A closed port of the proxy's own pod (port 1 is tcpmux): a connection to it is refused at once."""

EGRESS_TCP_PORTS = (80, 443, 9418, 873, 1094, 1095, 16286, 4001)
"""Web, git, rsync, xrootd, wolfram, ipfs: the ports that mybinder.org allows. No ssh, mail or databases."""


def hub_values(host: Host, sizing: Sizing) -> dict[str, Any]:
    """The `jupyterhub:` block."""
    return {
        "hub": _hub(host, sizing),
        "proxy": _proxy(host, sizing),
        "singleuser": _singleuser(host, sizing),
        "cull": _cull(host),
        # With one node, bin packing, placeholder pods and image pre-pulling have no use.
        "scheduling": {"userScheduler": {"enabled": False}, "userPlaceholder": {"enabled": False}},
        "prePuller": {"hook": {"enabled": False}, "continuous": {"enabled": False}},
        "ingress": {"enabled": False},
    }


def _hub(host: Host, sizing: Sizing) -> dict[str, Any]:
    return {
        "baseUrl": host.hub_path,
        "consecutiveFailureLimit": CONSECUTIVE_FAILURES,
        "resources": resources(sizing.memory.core.hub_bytes, sizing.cpu.hub, HUB_LIMIT_BYTES, 2),
        "extraPodSpec": {"priorityClassName": PRIORITY_CLASS},
        "annotations": RESOLVER_ANNOTATION,
        "config": {
            "JupyterHub": {
                # No login: BinderHub creates a temporary user for each launch.
                "authenticator_class": "null",
                # Not detected from requests: each proxy on the way adds its own scheme to X-Forwarded-Proto.
                "public_url": host.hub_url,
                # Only the API is routed to the hub. Tabs of ended sessions poll for hours; the proxy
                # answers them, not the hub. JupyterHub requires the base URL at the start.
                "hub_routespec": f"{host.hub_path}hub/api/",
                **_activity(host.sessions.idle_timeout_s),
            },
            "BinderSpawner": {"auth_enabled": False, "cors_allow_origin": "*"},
            "KubeSpawner": {"http_timeout": HTTP_TIMEOUT_S, "poll_interval": POLL_INTERVAL_S},
        },
    }


def _activity(idle_s: int) -> dict[str, int]:
    """Delays until the hub records activity. Their sum must be well below the idle time, or the culler ends
    sessions that are in use. An open window sends a ping at least every PING_EVERY_S."""
    return {
        "last_activity_interval": min(ACTIVITY_INTERVAL_S, max(1, idle_s // 4)),
        "activity_resolution": min(ACTIVITY_RESOLUTION_S, max(1, idle_s // 10)),
    }


def _proxy(host: Host, sizing: Sizing) -> dict[str, Any]:
    # The chart's default is the hub, which would answer each poll of a dead tab with two redirects and a 403.
    # The hub has no pages without sign-in, so the proxy answers 503 itself, and the entry adds the page.
    targets = {} if host.sign_in.on else {"defaultTarget": NOBODY, "errorTarget": NOBODY}
    return {
        "service": {"type": "ClusterIP"},
        "https": {"enabled": False},
        "chp": {
            **targets,
            "resources": resources(sizing.memory.core.proxy_bytes, sizing.cpu.proxy, PROXY_LIMIT_BYTES, 0.5),
            "extraPodSpec": {"priorityClassName": PRIORITY_CLASS},
        },
    }


def _singleuser(host: Host, sizing: Sizing) -> dict[str, Any]:
    sessions = host.sessions
    return {
        "memory": {"guarantee": sessions.memory_guarantee, "limit": sessions.memory_limit},
        "cpu": {"guarantee": sessions.cpu_guarantee, "limit": sessions.cpu_limit},
        "extraResource": {
            "guarantees": {"ephemeral-storage": "0"},
            "limits": {"ephemeral-storage": mebibytes(sizing.sessions.disk_bytes)},
        },
        "storage": {"type": "none"},
        "startTimeout": SPAWN_TIMEOUT_S,
        "allowPrivilegeEscalation": False,
        "extraPodConfig": {
            # A session that ends is not restarted. Sessions do not need the address of every Service.
            "restartPolicy": "Never",
            "enableServiceLinks": False,
        },
        # Needs an init container with the host's iptables variant; the network policy does the same.
        "cloudMetadata": {"blockWithIptables": False},
        "networkPolicy": _network_policy(),
        "extraFiles": _server_config(sessions.max_age_s),
    }


def _network_policy() -> dict[str, Any]:
    """Egress: DNS, and a few ports of the public internet. Ingress: only from the proxy and the hub."""
    public = {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(RESERVED_NETWORKS)}}
    ports = [{"protocol": "TCP", "port": port} for port in EGRESS_TCP_PORTS]
    return {
        "enabled": True,
        "egressAllowRules": {
            "cloudMetadataServer": False,
            "dnsPortsCloudMetadataServer": False,
            "dnsPortsKubeSystemNamespace": True,
            "dnsPortsPrivateIPs": True,
            "nonPrivateIPs": False,
            "privateIPs": False,
        },
        "egress": [{"to": [public], "ports": ports}],
    }


def _server_config(max_age_s: int) -> dict[str, Any]:
    """Jupyter's own shutdown, for Jupyter Server and the classic notebook, when no hub can end a session.

    Never earlier than the culler: Jupyter counts a kernel whose window was just closed as idle since its last
    cell (docs/adr/0901). Which setting takes precedence: docs/promises.md.
    """
    kernels = {
        "cull_idle_timeout": max_age_s,
        "cull_interval": min(KERNEL_CULL_INTERVAL_S, max_age_s),
        "cull_connected": False,
    }
    server = {"shutdown_no_activity_timeout": max_age_s}
    return {
        "jupyter-server": {
            "mountPath": "/etc/jupyter/jupyter_server_config.json",
            "data": {"ServerApp": server, "MappingKernelManager": kernels},
        },
        "jupyter-notebook": {
            "mountPath": "/etc/jupyter/jupyter_notebook_config.json",
            "data": {"NotebookApp": server, "MappingKernelManager": kernels},
        },
    }


def cull_every_s(idle_s: int) -> int:
    """Interval of the culler: sessions end up to this much later than the idle time."""
    return max(CULL_EVERY_MINIMUM_S, idle_s // 10)


def noticed_late_s(idle_s: int) -> int:
    """Maximum time from the last recorded activity to a window's closing: a ping and activity_resolution."""
    return PING_EVERY_S + int(_activity(idle_s)["activity_resolution"])


def _cull(host: Host) -> dict[str, Any]:
    """The culler ends idle and old sessions, and deletes their temporary users."""
    idle_s = host.sessions.idle_timeout_s
    return {
        "enabled": True,
        "users": True,
        "timeout": idle_s,
        "every": cull_every_s(idle_s),
        "maxAge": host.sessions.max_age_s,
    }
