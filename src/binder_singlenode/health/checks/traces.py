"""Traces that ended sessions may leave: on the host, and in Kubernetes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from binder_singlenode.cluster.pods import USERNAME_ANNOTATION, Pod
from binder_singlenode.health.checks.remote import Kubectl, output
from binder_singlenode.layout import paths
from binder_singlenode.layout.image_store import CONTAINERD_NAMESPACE
from binder_singlenode.layout.names import HOME_STORAGE_CLASS


def of(pods: Collection[Pod], host: Any, kubectl: Kubectl, namespace: str) -> list[str]:
    """Names of the folders, containers, claims and volumes that ended pods have left."""
    return [*output(host, script(pods)).split(), *claims(pods, kubectl, namespace)]


def script(pods: Collection[Pod]) -> str:
    """Shell that prints what is left of the pods: the kubelet's log and volume folders, the links to the
    logs, and containers, including ended ones."""
    names = " ".join(pod.name for pod in pods)  # names and uids need no quotes (RFC 1123)
    uids = " ".join(pod.uid for pod in pods)
    label = '"labels.\\"io.kubernetes.pod.name\\"==$pod"'
    return (
        f"for pod in {names}; do"
        f" ls -d {paths.POD_LOGS}/*_${{pod}}_* {paths.CONTAINER_LOGS}/${{pod}}_* 2>/dev/null;"
        f" k3s ctr -n {CONTAINERD_NAMESPACE} containers ls -q {label} || exit; done;"
        f" for uid in {uids}; do ls -d {paths.KUBELET_DATA}/pods/$uid 2>/dev/null; done; true"
    )


def claims(pods: Collection[Pod], kubectl: Kubectl, namespace: str) -> list[str]:
    """Claims that the pods used or their users own, and volumes bound to one; homes are left out."""
    kinds = "persistentvolumeclaims,persistentvolumes"
    items = kubectl("get", kinds, "-n", namespace, "-o", "json")["items"]
    return [
        f"{item['kind'].lower()}/{item['metadata']['name']}"
        for item in items
        if item["spec"].get("storageClassName") != HOME_STORAGE_CLASS and _is_theirs(item, pods)
    ]


def _is_theirs(item: dict[str, Any], pods: Collection[Pod]) -> bool:
    claim = item["spec"].get("claimRef") or item["metadata"]
    user = (item["metadata"].get("annotations") or {}).get(USERNAME_ANNOTATION)
    beside = [pod for pod in pods if pod.namespace == claim.get("namespace")]
    return any(claim["name"] in pod.claims or user == pod.username for pod in beside)
