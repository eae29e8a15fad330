"""Kubernetes objects as plain dataclasses, made from the API's JSON. Pods: pods.py."""

import base64
import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from binder_singlenode.cluster.quantity import whole

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Node:
    """The only node. `why` is the kubelet's own message, the reason when it is not ready."""

    name: str
    ready: bool
    why: str
    cordoned: bool
    pressures: tuple[str, ...]
    allocatable_memory_bytes: int
    max_pods: int
    kubelet_version: str
    os_image: str


@dataclass(frozen=True)
class Workload:
    """A Deployment, StatefulSet or DaemonSet. Ready counts only pods of the current revision."""

    kind: str
    name: str
    ready_pods: int
    wanted_pods: int
    observed: bool
    """False while the controller has not seen the last change."""

    @property
    def ready(self) -> bool:
        return self.observed and self.ready_pods >= self.wanted_pods

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.name} {self.ready_pods} of {self.wanted_pods}"


@dataclass(frozen=True)
class HelmRelease:
    """The newest revision of a Helm release. Its values are not read: they contain secrets."""

    name: str
    revision: int
    status: str
    chart: str
    updated_at: str
    description: str


def node_from(item: Json) -> Node:
    conditions = {each["type"]: each for each in item["status"].get("conditions", ())}
    ready = conditions.get("Ready", {})
    allocatable = item["status"].get("allocatable", {})
    info = item["status"].get("nodeInfo", {})
    return Node(
        name=item["metadata"]["name"],
        ready=ready.get("status") == "True",
        why=str(ready.get("message") or ready.get("reason") or "the kubelet has not reported yet"),
        cordoned=bool(item.get("spec", {}).get("unschedulable")),
        pressures=tuple(
            name
            for name, each in conditions.items()
            if name.endswith("Pressure") and each.get("status") == "True"
        ),
        allocatable_memory_bytes=whole(allocatable.get("memory", "0")) or 0,
        max_pods=whole(allocatable.get("pods", "0")) or 0,
        kubelet_version=str(info.get("kubeletVersion", "")),
        os_image=str(info.get("osImage", "")),
    )


def workload_from(kind: str, item: Json) -> Workload:
    status = item.get("status", {})
    if kind == "DaemonSet":
        ready = min(int(status.get("numberReady", 0)), int(status.get("updatedNumberScheduled", 0)))
        wanted = int(status.get("desiredNumberScheduled", 0))
    else:
        ready = min(int(status.get("readyReplicas", 0)), int(status.get("updatedReplicas", 0)))
        wanted = int(item.get("spec", {}).get("replicas", 1))
    generation = int(item["metadata"].get("generation", 0))
    observed = int(status.get("observedGeneration", 0)) >= generation
    return Workload(kind, item["metadata"]["name"], ready, wanted, observed)


def claims_from(volumes: Iterable[Json]) -> dict[str, str]:
    """Persistent volumes with the names of their claims; "" when a volume is free.

    A volume whose claim was deleted is not free: it stays "Released" until an operator clears its claimRef.
    """
    return {
        item["metadata"]["name"]: str((item["spec"].get("claimRef") or {}).get("name", ""))
        for item in volumes
    }


def release_from(secret: Json) -> HelmRelease:
    """Decode Helm's own record (pkg/storage/driver: base64 of gzip of JSON, in a Secret)."""
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    record = json.loads(gzip.decompress(packed))
    info, chart = record.get("info", {}), record.get("chart", {}).get("metadata", {})
    return HelmRelease(
        name=str(record["name"]),
        revision=int(record["version"]),
        status=str(info.get("status", "unknown")),
        chart=f"{chart.get('name', '?')}-{chart.get('version', '?')}",
        updated_at=str(info.get("last_deployed", "")),
        description=str(info.get("description", "")),
    )
