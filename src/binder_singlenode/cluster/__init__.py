"""The cluster as we use it: the only user of the kubernetes library, through its dynamic client.

Everything goes over `ssh -L` to the host's own 127.0.0.1:6443; that port is never public.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubernetes.dynamic.exceptions import NotFoundError

from binder_singlenode import kube_objects as objects
from binder_singlenode import kubeconfig
from binder_singlenode.cluster.client import Client, open_client, translated
from binder_singlenode.cluster.waiting import wait_until
from binder_singlenode.errors import ClusterError
from binder_singlenode.kube_objects import Event, HelmRelease, Node, Workload
from binder_singlenode.kube_pods import BUILD_LABELS, SESSION_LABELS, Pod, pod_from

if TYPE_CHECKING:
    from binder_singlenode.config import Host

__all__ = ["Cluster", "Event", "HelmRelease", "Node", "Pod", "Workload", "connect"]

FIELD_MANAGER = "binder-singlenode"
API_PORT = 6443
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")

Tunnel = Callable[..., AbstractContextManager[int]]


@contextmanager
def connect(
    host: Host, tunnel: Tunnel, run: kubeconfig.Run, state_dir: Path, sudo_password: str | None = None
) -> Iterator[Cluster]:
    """Open the tunnel and hand out the cluster of `host`; closing it closes the tunnel.

    `tunnel` and `run` are ssh.tunnel and ssh.run. Raises ConnectError (ssh) and ClusterError.
    """
    raw = kubeconfig.fetch(host, run, sudo_password)
    with tunnel(host, API_PORT) as port:
        ours = kubeconfig.rewrite(raw, kubeconfig.context_name(host.name), port)
        folder = state_dir / "kube" / kubeconfig.context_name(host.name)
        yield Cluster(open_client(ours, folder))


class Cluster:
    """Questions to one cluster, and the few things we ask it to do. Every method raises ClusterError."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def node(self) -> Node:
        """The one node."""
        nodes = self._list("v1", "Node")
        if len(nodes) != 1:
            raise ClusterError(
                f"{len(nodes)} nodes, where one is wanted",
                where="Kubernetes",
                hint="wait for k3s to register the node, or remove the others with kubectl delete node",
            )
        return objects.node_from(nodes[0])

    def node_allocatable(self) -> int:
        """Memory in bytes that pods may have, as the kubelet reports it."""
        return self.node().allocatable_memory_bytes

    def pods(self, namespace: str | None = None, labels: str | None = None) -> list[Pod]:
        """Pods by name; of all namespaces when none is given."""
        return [pod_from(item) for item in self._list("v1", "Pod", namespace, labels)]

    def sessions(self, namespace: str) -> list[Pod]:
        """The sessions' pods in any phase: exactly what BinderHub's quota counts."""
        return self.pods(namespace, SESSION_LABELS)

    def builds(self, namespace: str) -> list[Pod]:
        """The builds' pods in any phase."""
        return self.pods(namespace, BUILD_LABELS)

    def events(self, namespace: str | None = None, warnings_only: bool = False) -> list[Event]:
        """Events, oldest first. Kubernetes keeps them for an hour."""
        events = [objects.event_from(item) for item in self._list("v1", "Event", namespace)]
        chosen = [event for event in events if event.type == "Warning" or not warnings_only]
        return sorted(chosen, key=lambda event: event.at)

    def workloads(self, namespace: str) -> list[Workload]:
        """Deployments, StatefulSets and DaemonSets of a namespace."""
        return [
            objects.workload_from(kind, item)
            for kind in _WORKLOADS
            for item in self._list("apps/v1", kind, namespace)
        ]

    def release(self, namespace: str, name: str = "binder") -> HelmRelease | None:
        """The newest revision of a Helm release, or None when it was never installed."""
        secrets = self._list("v1", "Secret", namespace, f"owner=helm,name={name}")
        newest = max(secrets, key=lambda each: int(each["metadata"]["labels"]["version"]), default=None)
        return None if newest is None else objects.release_from(newest)

    def claims(self) -> dict[str, str]:
        """The persistent volumes, with the claim that each is given to."""
        return objects.claims_from(self._list("v1", "PersistentVolume"))

    def wait_ready(
        self, namespace: str, timeout_s: float, progress: Callable[[str], None] = lambda line: None
    ) -> None:
        """Wait until the node and every workload of `namespace` are ready.

        `progress` gets a line whenever what is missing changes. After `timeout_s` seconds, ClusterError
        says what is not ready and why.
        """
        wait_until(lambda: self._missing(namespace), timeout_s, progress, lambda: self._causes(namespace))

    def pod_logs(
        self, namespace: str, pod: str, container: str | None = None, tail: int = 50, previous: bool = False
    ) -> str:
        """The last `tail` lines of a container's log; of the one before its restart with `previous`."""
        query: list[tuple[str, Any]] = [("tailLines", tail)]
        query += [("container", container)] if container else []
        query += [("previous", "true")] if previous else []
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        with translated(f"the log of pod {pod}"):
            response = self._client.request("get", path, query_params=query, serialize=False)
            return bytes(response.data).decode("utf-8", "replace")

    def apply(self, manifests: Sequence[Mapping[str, Any]], dry_run: bool = False) -> None:
        """Server-side apply, in order; fields that others have changed become ours again."""
        for manifest in manifests:
            kind, name = manifest["kind"], manifest["metadata"]["name"]
            with translated(f"applying {kind.lower()}/{name}"):
                resource = self._client.resources.get(api_version=manifest["apiVersion"], kind=kind)
                resource.server_side_apply(
                    body=dict(manifest),
                    namespace=manifest["metadata"].get("namespace"),
                    field_manager=FIELD_MANAGER,
                    force_conflicts=True,
                    **({"dry_run": "All"} if dry_run else {}),
                )

    def delete(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> bool:
        """Delete one object and what it owns; False when it was not there."""
        with translated(f"deleting {kind.lower()}/{name}"):
            resource = self._client.resources.get(api_version=api_version, kind=kind)
            try:
                resource.delete(name=name, namespace=namespace, propagation_policy="Background")
            except NotFoundError:
                return False
        return True

    def _list(
        self, api_version: str, kind: str, namespace: str | None = None, labels: str | None = None
    ) -> list[dict[str, Any]]:
        """Objects sorted by name, as the API's JSON."""
        with translated(f"listing {kind.lower()}s"):
            resource = self._client.resources.get(api_version=api_version, kind=kind)
            answer = resource.get(namespace=namespace, label_selector=labels).to_dict()
        items: list[dict[str, Any]] = answer.get("items") or []
        return sorted(items, key=lambda item: str(item["metadata"]["name"]))

    def _missing(self, namespace: str) -> list[str]:
        """What is not ready yet; empty when all is."""
        node = self.node()
        if not node.ready:
            return [f"node {node.name}: {node.why}"]
        workloads = self.workloads(namespace)
        if not workloads:
            return [f"namespace {namespace} holds no workload yet"]
        return [str(workload) for workload in workloads if not workload.ready]

    def _causes(self, namespace: str) -> list[str]:
        """Why: the pods that wait and for what, then the latest warnings."""
        pods = [pod for pod in self.pods(namespace) if not pod.ready and pod.phase != "Succeeded"]
        lines = [f"pod/{pod.name} {pod.phase} {pod.why}".rstrip() for pod in pods]
        warnings = self.events(namespace, warnings_only=True)[-5:]
        return lines + [f"event {event.about} {event.reason}: {event.message}" for event in warnings]
