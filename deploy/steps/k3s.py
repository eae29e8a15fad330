"""Kubernetes (k3s): a verified binary, settings as files, a systemd unit; done when the node is Ready."""

import shlex
from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.base.render import render
from binder_singlenode.cluster.kubectl import EVENTS, KUBECTL, wait_for, wait_script
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations import proxy
from binder_singlenode.deploy.operations.binaries import Installed, ensure_verified_file, titled
from binder_singlenode.deploy.operations.files import File, ensure_file
from binder_singlenode.deploy.operations.images import ensure_images
from binder_singlenode.deploy.operations.services import Service, ensure_service
from binder_singlenode.deploy.step import BINARY, CGROUPS, Leaves, Place, step
from binder_singlenode.deploy.steps import trust
from binder_singlenode.layout import paths
from binder_singlenode.sizing.disk import CONTAINER_LOG_FILES

START_LIMIT_S = 1800
"""The first start unpacks, makes certificates and imports images: minutes on a slow or emulated machine."""
READY_LIMIT_S = 600

SYSTEM_SHARE = 0.5
"""Share of the reserve for systemReserved; the rest is kubeReserved. Only their sum has an effect, because
the kubelet enforces it on pods only."""


def files(context: Context) -> tuple[File, ...]:
    """k3s' settings, registries, kubelet's drop-in, and the unit."""
    unit = paths.K3S_UNIT
    return (
        File(paths.K3S_CONFIG, _config(context), mode="600", unit=unit),
        File(paths.K3S_REGISTRIES, _registries(context), mode="600", unit=unit),
        File(paths.KUBELET_DROP_IN, _kubelet(context), mode="600", unit=unit),
        File(
            paths.unit_path(unit),
            render(
                "k3s/k3s.service.j2",
                k3s=paths.K3S,
                config=paths.K3S_CONFIG,
                proxy=paths.PROXY_ENVIRONMENT,
                resolver=paths.RESOLVER,
                sysctl=paths.SYSCTL,
            ),
            unit=unit,
        ),
    )


def _config(context: Context) -> str:
    configured = context.host
    return render(
        "k3s/k3s-config.yaml.j2",
        node_name=context.node_name,
        pod_cidr=configured.network.pod_cidr,
        service_cidr=configured.network.service_cidr,
        resolv_conf=paths.POD_RESOLV_CONF,
        pod_mask=context.sizing.pods.mask,
        # Not the entry's names: the API is not reached by them, and k3s would restart when they change.
        tls_san=[configured.address],
    )


def _registries(context: Context) -> str:
    addresses = context.addresses
    return render(
        "k3s/k3s-registries.yaml.j2",
        registry_host=addresses.registry_host,
        registry_url=addresses.registry_url,
    )


def _kubelet(context: Context) -> str:
    sizing = context.sizing
    system = int(sizing.memory.reserved_bytes * SYSTEM_SHARE)
    return render(
        "k3s/kubelet.yaml.j2",
        max_pods=sizing.pods.most,
        system_reserved_bytes=system,
        kube_reserved_bytes=sizing.memory.reserved_bytes - system,
        eviction_bytes=sizing.memory.eviction_bytes,
        image_gc_high_percent=sizing.disk.image_gc_high_percent,
        image_gc_low_percent=sizing.disk.image_gc_low_percent,
        container_log_bytes=sizing.disk.container_log_bytes(sizing.pods.most),
        container_log_files=CONTAINER_LOG_FILES,
    )


def binary(context: Context) -> Installed:
    """The k3s binary."""
    return Installed(paths.K3S, context.release.k3s, unit=paths.K3S_UNIT)


def images(context: Context) -> tuple[Installed, ...]:
    """The bundle's image archives; k3s imports all archives in this folder when it starts."""
    return tuple(
        Installed(f"{paths.IMAGES}/{image_file_name(image.name)}", image, mode="644")
        for image in context.release.images
    )


def image_file_name(name: str) -> str:
    """File name on the host for an image archive: prefix `binder-`, and a file extension that k3s knows."""
    base = name.rsplit("/", 1)[-1]
    known = next((end for end in (".tar.zst", ".tar.gz", ".tar") if base.endswith(end)), "")
    return f"binder-{base.removesuffix(known)}{known or '.tar'}"


def service(context: Context) -> Service:
    """The unit, with all files that it reads when it starts."""
    read = (*files(context), *proxy.files(context), *filter(None, [trust.roots(context)]))
    return Service(paths.K3S_UNIT, read, (binary(context),), START_LIMIT_S)


@step(
    "k3s",
    Place("binary", paths.K3S, BINARY, shared_name=True),
    Place("file", paths.K3S_CONFIG, "its settings"),
    Place("file", paths.K3S_REGISTRIES, "where the built images come from"),
    Place(
        "file",
        paths.KUBELET_DROP_IN,
        "pods per node, reserved memory, eviction, image clean-up, single-process OOM kill",
    ),
    Place("many", f"{paths.IMAGES}/binder-*", "images of a bundle, when one was used"),
    Place("file", paths.unit_path(paths.K3S_UNIT), "the service", shared_name=True),
    Place("grown", "/etc/rancher", "k3s' kubeconfig and the node's password", shared_name=True),
    Place("grown", "/etc/rancher/k3s", shared_name=True),
    Place("grown", "/etc/rancher/node", data=True),
    Place(
        "grown",
        "/var/lib/rancher",
        "k3s' database, keys, images, containers and volumes",
        shared_name=True,
    ),
    Place("grown", f"{paths.K3S_DATA}/server", data=True),
    Place("grown", f"{paths.K3S_DATA}/storage", data=True),
    Place("grown", f"{paths.K3S_DATA}/agent", shared_name=True),
    Place("grown", f"{paths.K3S_DATA}/data", shared_name=True),
    Place("grown", paths.KUBELET_DATA, "the kubelet's state", shared_name=True, mounts=True),
    Place("grown", "/var/lib/cni", "addresses given to pods", shared_name=True),
    Place("grown", "/run/k3s", "containerd's state", shared_name=True, mounts=True),
    Place("grown", "/run/flannel", "the pod network's settings", shared_name=True),
    Place("grown", paths.POD_LOGS, "logs of containers", shared_name=True),
    Place("grown", paths.CONTAINER_LOGS, "links to them", shared_name=True),
    Place("grown", paths.K3S_DATA, mounts=True, shared_name=True),
    leaves=Leaves(
        units=(paths.K3S_UNIT,),
        cgroups=(
            f"{CGROUPS}/system.slice/{paths.K3S_UNIT}",
            f"{CGROUPS}/kubepods.slice",
            f"{CGROUPS}/kubepods",
        ),
        links=("cni0", "flannel.1", "kube-ipvs0", "kube-dummy-if"),
    ),
)
def k3s(context: Context) -> None:
    """Install binary, images and settings, start the service, wait for the node, import deleted images."""
    ensure_verified_file(name=titled("Install k3s", binary(context)), wanted=binary(context))
    for image in images(context):
        ensure_verified_file(name=f"Bring the images of {image.note_name}", wanted=image)
    remove_old_images(name="Remove image archives of earlier releases", wanted=images(context))
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_service(name="Start k3s", service=service(context))
    ensure_node_ready(name="Wait until the node is Ready", node=context.node_name)
    ensure_images(images(context))


@operation()
def remove_old_images(wanted: tuple[Installed, ...]) -> Generator[StringCommand, None, None]:
    """Remove binder-singlenode's image archives that the release no longer has: unused gigabytes."""
    seen = look(host)
    ours = {path for path in seen.files() if path.startswith(f"{paths.IMAGES}/binder-")}
    old = sorted(ours - {image.path for image in wanted})
    if not old:
        return
    names = [path.rpartition("/")[2] for path in old]
    notes = [place(name) for name in names for place in (paths.stamp_path, paths.version_path)]
    yield StringCommand("rm -f " + shlex.join([*notes, *old]))
    seen.forget("files", "stamps")


@operation()
def ensure_node_ready(node: str) -> Generator[StringCommand, None, None]:
    """Wait for the node, and for the default service account that pods need (it is created a bit later)."""
    seen = look(host)
    if node in seen.cluster().ready_nodes:
        return
    ready = wait_for("condition=Ready", f"node/{node}")
    condition = f"{ready} && {wait_for('create', 'serviceaccount/default')}"
    reason = (
        f"{KUBECTL} get node {node} -o jsonpath="
        "'{range .status.conditions[?(@.type==\"Ready\")]}{.reason}: {.message}{end}'; echo;"
        f" {EVENTS}; journalctl -u {paths.K3S_UNIT} -n 20 --no-pager -o cat"
    )
    seen.waits.add(host.current_op_hash or "")
    yield StringCommand(wait_script(f"node {node} is Ready", condition, READY_LIMIT_S, reason))
    seen.forget("units")
