"""JupyterHub's half of the Helm values (the zero-to-jupyterhub chart): hub, proxy, sessions, culler."""

from __future__ import annotations

from typing import Any

from binder_singlenode.config import Host
from binder_singlenode.layout.addresses import RESERVED_NETWORKS
from binder_singlenode.layout.names import PRIORITY_CLASS
from binder_singlenode.sizing.memory import HUB_LIMIT_BYTES, PROXY_LIMIT_BYTES
from binder_singlenode.sizing.size import Sizing
from binder_singlenode.values.resources import mebibytes, resources

CONSECUTIVE_FAILURES = 0
"""The hub exits after this many failed spawns in a row, 0 for never: a machine that is full, or one broken
repository's badge, ends nobody's session."""
SPAWN_TIMEOUT_S = 600
"""Image pull and container start; BinderHub's own launch_timeout."""
HTTP_TIMEOUT_S = 120
"""From the container's start to the first answer; JupyterHub's 30 s are short for a busy or small machine."""
POLL_INTERVAL_S = 5
"""Between two looks of the hub whether a session has ended by itself; its place is taken until then. It looks
at what it has heard of Kubernetes and asks nobody. JupyterHub's default is 30."""
CULL_EVERY_MINIMUM_S = 60
KERNEL_CULL_INTERVAL_S = 60
ACTIVITY_INTERVAL_S = 60
"""Between two looks of the hub at the proxy's traffic (z2jh's own last_activity_interval)."""
ACTIVITY_RESOLUTION_S = 30
"""Younger activity than that is not noted (JupyterHub.activity_resolution's default)."""
PING_EVERY_S = 30
"""Between two pings of an open window's websocket (Jupyter Server's ws_ping_interval)."""

EGRESS_TCP_PORTS = (80, 443, 9418, 873, 1094, 1095, 16286, 4001)
"""Web, git, rsync, xrootd, wolfram, ipfs: what mybinder.org lets out. No ssh, no mail, no databases."""


def hub_values(host: Host, sizing: Sizing) -> dict[str, Any]:
    """The `jupyterhub:` block."""
    return {
        "hub": _hub(host, sizing),
        "proxy": _proxy(sizing),
        "singleuser": _singleuser(host, sizing),
        "cull": _cull(host),
        # One node: nothing to pack, nothing to keep warm, nothing to pull ahead.
        "scheduling": {"userScheduler": {"enabled": False}, "userPlaceholder": {"enabled": False}},
        "prePuller": {"hook": {"enabled": False}, "continuous": {"enabled": False}},
        "ingress": {"enabled": False},
    }


def _hub(host: Host, sizing: Sizing) -> dict[str, Any]:
    return {
        "baseUrl": host.hub_path,
        "consecutiveFailureLimit": CONSECUTIVE_FAILURES,
        "resources": resources(sizing.core.hub_bytes, sizing.cpu.hub, HUB_LIMIT_BYTES, 2),
        "extraPodSpec": {"priorityClassName": PRIORITY_CLASS},
        "config": {
            "JupyterHub": {
                # No login: BinderHub makes a temporary user for each launch.
                "authenticator_class": "null",
                # Only the API is routed to the hub. Tabs of ended sessions poll for hours; the proxy
                # answers them, not the hub. JupyterHub wants the base URL in front.
                "hub_routespec": f"{host.hub_path}hub/api/",
                **_activity(host.sessions.idle_timeout_s),
            },
            "BinderSpawner": {"auth_enabled": False, "cors_allow_origin": "*"},
            "KubeSpawner": {"http_timeout": HTTP_TIMEOUT_S, "poll_interval": POLL_INTERVAL_S},
        },
    }


def _activity(idle_s: int) -> dict[str, int]:
    """How late the hub may hear of activity: together well below the idle time, or the culler ends sessions
    that are in use. A window says something at least every PING_EVERY_S."""
    return {
        "last_activity_interval": min(ACTIVITY_INTERVAL_S, max(1, idle_s // 4)),
        "activity_resolution": min(ACTIVITY_RESOLUTION_S, max(1, idle_s // 10)),
    }


def _proxy(sizing: Sizing) -> dict[str, Any]:
    return {
        "service": {"type": "ClusterIP"},
        "https": {"enabled": False},
        "chp": {
            "resources": resources(sizing.core.proxy_bytes, sizing.cpu.proxy, PROXY_LIMIT_BYTES, 0.5),
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
            "limits": {"ephemeral-storage": mebibytes(sizing.session_disk_bytes)},
        },
        "storage": {"type": "none"},
        "startTimeout": SPAWN_TIMEOUT_S,
        "allowPrivilegeEscalation": False,
        "extraPodConfig": {
            # A session that ends is over; and it need not know the address of every Service.
            "restartPolicy": "Never",
            "enableServiceLinks": False,
        },
        # An init container that needs iptables in the right flavour; the network policy does the same.
        "cloudMetadata": {"blockWithIptables": False},
        "networkPolicy": _network_policy(),
        "extraFiles": _server_config(sessions.max_age_s),
    }


def _network_policy() -> dict[str, Any]:
    """Out: DNS, and a few ports of the public internet. In: nothing but the proxy and the hub."""
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
    """Jupyter's own end, for the new server and the classic notebook: where no hub is there to end a session.

    Never sooner than the culler: to Jupyter, a kernel whose window has just been closed has been idle since
    its last cell (docs/adr/0901). Which setting wins: docs/promises.md.
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
    """Between two looks of the culler: sessions end by so much later than the idle time says."""
    return max(CULL_EVERY_MINIMUM_S, idle_s // 10)


def noticed_late_s(idle_s: int) -> int:
    """How long before a window was closed its last activity may lie: a ping, and what is not worth noting."""
    return PING_EVERY_S + int(_activity(idle_s)["activity_resolution"])


def _cull(host: Host) -> dict[str, Any]:
    """Idle sessions, old sessions, and the temporary users with them."""
    idle_s = host.sessions.idle_timeout_s
    return {
        "enabled": True,
        "users": True,
        "timeout": idle_s,
        "every": cull_every_s(idle_s),
        "maxAge": host.sessions.max_age_s,
    }
