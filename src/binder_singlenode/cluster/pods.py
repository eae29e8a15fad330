"""A pod as a dataclass: whether it is ready or stuck, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from binder_singlenode.cluster.quantity import whole

Json = Mapping[str, Any]

SESSION_LABELS = "app=jupyterhub,component=singleuser-server"  # what BinderHub's own quota counts
BUILD_LABELS = "component=binderhub-build"
USERNAME_ANNOTATION = "hub.jupyter.org/username"

# a container that waits for one of these reasons rarely recovers by itself
_STUCK = frozenset(
    {
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "ErrImagePull",
        "ErrImageNeverPull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
    }
)


@dataclass(frozen=True)
class Pod:
    """Summary of a pod. `why` is Kubernetes' reason why it waits."""

    name: str
    namespace: str
    phase: str
    ready: bool
    restarts: int
    stuck: bool
    why: str
    image: str
    memory_guarantee_bytes: int | None
    memory_limit_bytes: int | None
    created_at: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    uid: str = ""
    claims: tuple[str, ...] = ()
    """The persistent volume claims that it mounts, including those of its ephemeral volumes."""

    @property
    def username(self) -> str:
        """JupyterHub's user name of a session pod; empty for other pods."""
        return self.annotations.get(USERNAME_ANNOTATION, "")


def pod_from(item: Json) -> Pod:
    meta, status = item["metadata"], item.get("status", {})
    statuses = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    reasons = [each["state"]["waiting"] for each in statuses if each.get("state", {}).get("waiting")]
    container = (item.get("spec", {}).get("containers") or [{}])[0]
    resources = container.get("resources", {})
    return Pod(
        name=meta["name"],
        namespace=meta.get("namespace", ""),
        phase=str(status.get("phase", "Unknown")),
        ready=_condition(status, "Ready").get("status") == "True",
        restarts=sum(int(each.get("restartCount", 0)) for each in statuses),
        stuck=any(reason.get("reason") in _STUCK for reason in reasons),
        why=_why(status, reasons),
        image=str(container.get("image", "")),
        memory_guarantee_bytes=whole(resources.get("requests", {}).get("memory")),
        memory_limit_bytes=whole(resources.get("limits", {}).get("memory")),
        created_at=str(meta.get("creationTimestamp") or ""),
        labels=meta.get("labels") or {},
        annotations=meta.get("annotations") or {},
        uid=str(meta.get("uid") or ""),
        claims=tuple(_claims(item)),
    )


def _claims(item: Json) -> Iterator[str]:
    """The claim of an ephemeral volume is called <pod>-<volume> (KEP-1698)."""
    for volume in item.get("spec", {}).get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            yield volume["persistentVolumeClaim"]["claimName"]
        elif "ephemeral" in volume:
            yield f"{item['metadata']['name']}-{volume['name']}"


def _condition(status: Json, kind: str) -> Json:
    found: Json = next((each for each in status.get("conditions") or () if each.get("type") == kind), {})
    return found


def _why(status: Json, reasons: list[Json]) -> str:
    """What the pod waits for: a container's reason, else why it cannot be scheduled, else its own message."""
    if reasons:
        return ": ".join(filter(None, (reasons[0].get("reason"), reasons[0].get("message"))))
    scheduled = _condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        return str(scheduled.get("message") or scheduled.get("reason") or "")
    return str(status.get("message") or status.get("reason") or "")
