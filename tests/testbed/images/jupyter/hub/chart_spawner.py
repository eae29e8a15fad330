"""Sessions: `singleuser` and what of `scheduling` is about their pods, as KubeSpawner's traits."""

import os
from typing import Any

from binder_spawner import BinderSpawner
from chart_values import Values


def configure_spawner(c: Any, values: Values) -> None:
    """Everything is set on KubeSpawner, so that hub.config can say more of it or of BinderSpawner."""
    c.JupyterHub.spawner_class = BinderSpawner
    spawner = c.KubeSpawner
    spawner.namespace = os.environ.get("POD_NAMESPACE", "default")
    spawner.common_labels = _labels(values)
    _plain(spawner, values)
    spawner.allow_privilege_escalation = values.at("singleuser.allowPrivilegeEscalation")
    spawner.cmd = values.at("singleuser.cmd")
    secrets = [*values.at("imagePullSecrets", []), *values.at("singleuser.image.pullSecrets", [])]
    spawner.image_pull_secrets = secrets
    spawner.tolerations = [
        *values.at("scheduling.userPods.tolerations", []),
        *values.at("singleuser.extraTolerations", []),
    ]
    if values.at("scheduling.podPriority.enabled"):
        spawner.priority_class_name = f"{values.at('Release.Name')}-default-priority"
    parts = [_home(spawner, values), _files(values)]
    more = (values.at("singleuser.storage.extraVolumes", []), "extraVolumeMounts")
    spawner.volumes = [volume for volumes, _ in parts for volume in volumes] + _listed(more[0])
    mounts = values.at(f"singleuser.storage.{more[1]}", [])
    spawner.volume_mounts = [mount for _, each in parts for mount in each] + _listed(mounts)


def _listed(value: Any) -> list[Any]:
    """The chart takes a list, or a mapping whose keys are for its users alone."""
    return list(value.values()) if isinstance(value, dict) else list(value)


def _plain(spawner: Any, values: Values) -> None:
    at = "singleuser."
    values.give(
        spawner,
        cpu_guarantee=at + "cpu.guarantee",
        cpu_limit=at + "cpu.limit",
        default_url=at + "defaultUrl",
        environment=at + "extraEnv",
        events_enabled=at + "events",
        extra_annotations=at + "extraAnnotations",
        extra_containers=at + "extraContainers",
        extra_labels=at + "extraLabels",
        extra_pod_config=at + "extraPodConfig",
        extra_resource_guarantees=at + "extraResource.guarantees",
        extra_resource_limits=at + "extraResource.limits",
        fs_gid=at + "fsGid",
        image_pull_policy=at + "image.pullPolicy",
        init_containers=at + "initContainers",
        lifecycle_hooks=at + "lifecycleHooks",
        mem_guarantee=at + "memory.guarantee",
        mem_limit=at + "memory.limit",
        node_selector=at + "nodeSelector",
        pod_name_template=at + "podNameTemplate",
        service_account=at + "serviceAccountName",
        start_timeout=at + "startTimeout",
        storage_extra_labels=at + "storage.extraLabels",
        uid=at + "uid",
    )


def _labels(values: Values) -> dict[str, str]:
    """Those by which charts, quota and network policies know a session; KubeSpawner adds the rest."""
    name, release = values.at("nameOverride") or values.at("Chart.Name"), values.at("Release.Name")
    chart = f"{values.at('Chart.Name')}-{values.at('Chart.Version')}".replace("+", "_")
    new = {"name": name, "instance": release, "managed-by": "kubespawner"}
    kubernetes = {f"app.kubernetes.io/{key}": value for key, value in new.items()}
    return {"app": name, "release": release, "chart": chart, "helm.sh/chart": chart, **kubernetes}


def _home(spawner: Any, values: Values) -> tuple[list[Any], list[Any]]:
    """The user's claim: its volume and its mount."""
    if values.at("singleuser.storage.type") != "dynamic":
        return [], []
    at = "singleuser.storage."
    spawner.storage_pvc_ensure = True
    values.give(
        spawner,
        pvc_name_template=at + "dynamic.pvcNameTemplate",
        storage_access_modes=at + "dynamic.storageAccessModes",
        storage_capacity=at + "capacity",
        storage_class=at + "dynamic.storageClass",
    )
    name = values.at(at + "dynamic.volumeNameTemplate")
    mount = {"name": name, "mountPath": values.at(at + "homeMountPath")}
    inside = values.at(at + "dynamic.subPath")
    volume = {"name": name, "persistentVolumeClaim": {"claimName": "{pvc_name}"}}
    return [volume], [mount | ({"subPath": inside} if inside else {})]


def _files(values: Values) -> tuple[list[Any], list[Any]]:
    """The Secret with the content of singleuser.extraFiles, each file at its own place."""
    files = values.at("singleuser.extraFiles", {})
    if not files:
        return [], []
    modes = {name: {"mode": each["mode"]} for name, each in files.items() if each.get("mode") is not None}
    items = [{"key": name, "path": name, **modes.get(name, {})} for name in files]
    volume = {"name": "files", "secret": {"secretName": "singleuser", "items": items}}
    return [volume], [
        {"name": "files", "mountPath": each["mountPath"], "subPath": name} for name, each in files.items()
    ]
