"""Queries to the cluster. Only this package uses the kubernetes library, through its dynamic client.

All requests go through `ssh -L` to 127.0.0.1:6443 on the host; that port is never public.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from binder_singlenode.base.folders import state_dir
from binder_singlenode.cluster import kubeconfig, objects
from binder_singlenode.cluster.client import Client, open_client, translated
from binder_singlenode.cluster.objects import HelmRelease, Node, Workload
from binder_singlenode.cluster.pods import BUILD_LABELS, SESSION_LABELS, Pod, pod_from
from binder_singlenode.errors import ClusterError
from binder_singlenode.layout.names import RELEASE

if TYPE_CHECKING:
    from binder_singlenode.ssh.session import Session

__all__ = ["Cluster", "HelmRelease", "Node", "Pod", "Workload", "connect"]

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


@contextmanager
def connect(session: Session) -> Iterator[Cluster]:
    """Open a tunnel and yield the cluster; the tunnel is closed at the end of the block.

    Raises ConnectError (ssh) and ClusterError.
    """
    raw = kubeconfig.fetch(session)
    name = kubeconfig.context_name(session.host.name)
    with session.tunnel() as port:
        ours = kubeconfig.rewrite(raw, name, port)
        folder = state_dir() / "kube" / name
        yield Cluster(open_client(ours, folder))


class Cluster:
    """Read-only queries to one cluster. Every method raises ClusterError."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def node(self) -> Node:
        """The only node; raises ClusterError when there is not exactly one."""
        nodes = self.list_objects("v1", "Node")
        if len(nodes) != 1:
            raise ClusterError(
                f"{len(nodes)} nodes, where one is wanted",
                where="Kubernetes",
                hint="wait for k3s to register the node, or remove the others with kubectl delete node",
            )
        return objects.node_from(nodes[0])

    def pods(self, namespace: str | None = None, labels: str | None = None) -> list[Pod]:
        """Pods sorted by name; of all namespaces when none is given."""
        return [pod_from(item) for item in self.list_objects("v1", "Pod", namespace, labels)]

    def sessions(self, namespace: str) -> list[Pod]:
        """Session pods in any phase; BinderHub's quota counts exactly these."""
        return self.pods(namespace, SESSION_LABELS)

    def builds(self, namespace: str) -> list[Pod]:
        """Build pods in any phase."""
        return self.pods(namespace, BUILD_LABELS)

    def workloads(self, namespace: str) -> list[Workload]:
        """Deployments, StatefulSets and DaemonSets of a namespace."""
        return [
            objects.workload_from(kind, item)
            for kind in _WORKLOADS
            for item in self.list_objects("apps/v1", kind, namespace)
        ]

    def release(self, namespace: str, name: str = RELEASE) -> HelmRelease | None:
        """The newest revision of a Helm release, or None when it was never installed."""
        secrets = self.list_objects("v1", "Secret", namespace, f"owner=helm,name={name}")
        newest = max(secrets, key=lambda each: int(each["metadata"]["labels"]["version"]), default=None)
        return None if newest is None else objects.release_from(newest)

    def claims(self) -> dict[str, str]:
        """Persistent volumes with the names of their claims, see objects.claims_from."""
        return objects.claims_from(self.list_objects("v1", "PersistentVolume"))

    def list_objects(
        self, api_version: str, kind: str, namespace: str | None = None, labels: str | None = None
    ) -> list[dict[str, Any]]:
        """Objects sorted by name, as the API's JSON."""
        with translated(f"listing {kind.lower()}s"):
            resource = self._client.resources.get(api_version=api_version, kind=kind)
            answer = resource.get(namespace=namespace, label_selector=labels).to_dict()
        items: list[dict[str, Any]] = answer.get("items") or []
        return sorted(items, key=lambda item: str(item["metadata"]["name"]))
