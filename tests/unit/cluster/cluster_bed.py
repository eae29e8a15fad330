"""A small API server on loopback: its discovery, and the objects that it lists."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.cluster import Cluster
from binder_singlenode.cluster.client import open_client

VERBS = ["get", "list"]


def resource(name: str, kind: str, namespaced: bool = True) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "namespaced": namespaced,
        "verbs": VERBS,
        "singularName": kind.lower(),
    }


V1 = [
    resource("nodes", "Node", False),
    resource("namespaces", "Namespace", False),
    resource("pods", "Pod"),
    resource("secrets", "Secret"),
    resource("persistentvolumes", "PersistentVolume", False),
]
APPS = [
    resource("deployments", "Deployment"),
    resource("statefulsets", "StatefulSet"),
    resource("daemonsets", "DaemonSet"),
]
NODE = {
    "metadata": {"name": "n1"},
    "spec": {},
    "status": {
        "allocatable": {"memory": "8000000Ki", "pods": "120"},
        "conditions": [
            {"type": "MemoryPressure", "status": "False"},
            {"type": "DiskPressure", "status": "True"},
            {"type": "Ready", "status": "True", "message": "kubelet is posting ready status"},
        ],
        "nodeInfo": {"kubeletVersion": "v1.36.3+k3s1", "osImage": "Debian 12"},
    },
}


def pod(name: str, phase: str = "Running", **status: Any) -> dict[str, Any]:
    """A session's pod."""
    memory = {"requests": {"memory": "1073741824"}, "limits": {"memory": "2Gi"}}
    return {
        "metadata": {
            "name": name,
            "namespace": "binder",
            "labels": {},
            "annotations": {"hub.jupyter.org/username": "o-r-x"},
            "creationTimestamp": "2026-11-22T00:00:00Z",
        },
        "spec": {"containers": [{"name": "notebook", "image": "reg/i:1", "resources": memory}]},
        "status": {"phase": phase, **status},
    }


def deployment(name: str, ready: int, wanted: int = 1, observed: int = 1) -> dict[str, Any]:
    status = {"readyReplicas": ready, "updatedReplicas": ready, "observedGeneration": observed}
    return {"metadata": {"name": name, "generation": 1}, "spec": {"replicas": wanted}, "status": status}


def put(server: Any, path: str, items: list[dict[str, Any]]) -> None:
    """The server lists these objects at `path`."""
    server.on(path, body=json.dumps({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items}))


def workloads(server: Any, *deployments: dict[str, Any]) -> None:
    """The server has one node, these deployments and a daemon set that is ready."""
    put(server, "/api/v1/nodes", [NODE])
    base = "/apis/apps/v1/namespaces/binder"
    put(server, f"{base}/deployments", list(deployments))
    put(server, f"{base}/statefulsets", [])
    status = {
        "numberReady": 1,
        "updatedNumberScheduled": 1,
        "desiredNumberScheduled": 1,
        "observedGeneration": 1,
    }
    put(server, f"{base}/daemonsets", [{"metadata": {"name": "dind", "generation": 1}, "status": status}])


def kubeconfig_for(url: str, ca: str | None = None) -> dict[str, Any]:
    """A kubeconfig with a token; `ca` is PEM."""
    where: dict[str, Any] = {"server": url}
    if ca:
        where["certificate-authority-data"] = base64.b64encode(ca.encode()).decode()
    return {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": where}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "t0ken"}}],
    }


def discovery(server: Any) -> None:
    """The server tells which kinds of objects it has."""
    group = {"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}]}
    group["preferredVersion"] = group["versions"][0]  # type: ignore[index]
    server.on("/version", body='{"major": "1", "minor": "36"}')
    server.on("/apis", body=json.dumps({"kind": "APIGroupList", "groups": [group]}))
    for path, group_version, resources in [("/api/v1", "v1", V1), ("/apis/apps/v1", "apps/v1", APPS)]:
        body = {"kind": "APIResourceList", "groupVersion": group_version, "resources": resources}
        server.on(path, body=json.dumps(body))


@pytest.fixture
def api(server: Any, tmp_path: Path) -> Cluster:
    """A client of that server."""
    discovery(server)
    return Cluster(open_client(kubeconfig_for(server.url), tmp_path / "kube"))
