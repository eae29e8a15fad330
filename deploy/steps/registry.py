"""The registry for built images, at a fixed address, with its data in a folder of the host.

The objects are files in the folder of k3s, applied here as well (operations/manifests.py). With
images.store: shared it makes no registry. An existing registry is then ended by the step store, which runs
after the release no longer uses it.
"""

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.files import File, ensure_folder, sha256_of_notes
from binder_singlenode.deploy.operations.manifests import ensure_manifests
from binder_singlenode.deploy.operations.rollout import DIGEST_LENGTH, ensure_rollout
from binder_singlenode.deploy.step import Place, step
from binder_singlenode.layout import paths
from binder_singlenode.layout.addresses import REGISTRY_PORT
from binder_singlenode.layout.names import PRIORITY_CLASS
from binder_singlenode.sizing import cpu, memory

DEPLOYMENT = "binder-registry"
MEMORY_LIMIT_FACTOR = 2
"""Limit / request. The request fits an idle registry; pushing many layers at once needs more."""


def digest(context: Context, replicas: int = 1) -> str:
    """Digest label that the running Deployment must have."""
    return sha256_of_notes(_text(context, "", replicas))[:DIGEST_LENGTH]


def files(context: Context) -> tuple[File, ...]:
    """Namespace, and the network policies that the charts lack."""
    namespace = render(
        "registry/namespace.yaml.j2", namespace=context.namespace, priority_class=PRIORITY_CLASS
    )
    policies = render("registry/policies.yaml.j2", namespace=context.namespace, port=REGISTRY_PORT)
    return (
        File(paths.NAMESPACE_MANIFEST, namespace, mode="600"),
        File(paths.POLICY_MANIFEST, policies, mode="600"),
    )


def manifest(context: Context, replicas: int = 1) -> File:
    """Manifest of the registry's objects."""
    return File(paths.REGISTRY_MANIFEST, _text(context, digest(context, replicas), replicas), mode="600")


def _text(context: Context, digest_label: str, replicas: int) -> str:
    """Also used with images.store: shared, for 0 replicas; as the sizing then has no registry, the requests
    are computed here."""
    machine = context.sizing.machine
    request_bytes = memory.registry_bytes(machine.memory_bytes)
    return render(
        "registry/registry.yaml.j2",
        namespace=context.namespace,
        priority_class=PRIORITY_CLASS,
        digest=digest_label,
        replicas=replicas,
        address=context.addresses.registry,
        port=REGISTRY_PORT,
        image=context.release.settings["registry_image"],
        data=paths.REGISTRY_DATA,
        cpu_request=cpu.registry_cores(machine.cpus),
        memory_request_bytes=request_bytes,
        memory_limit_bytes=MEMORY_LIMIT_FACTOR * request_bytes,
    )


@step(
    "registry",
    Place("folder", paths.REGISTRY_DATA, "the images that Binder builds", mode="700", data=True),
    Place("file", paths.NAMESPACE_MANIFEST, "namespace and priority class"),
    Place("file", paths.REGISTRY_MANIFEST, "the registry, with `images.store: registry`"),
    Place("file", paths.POLICY_MANIFEST, "network policies for registry and builds"),
)
def registry(context: Context) -> None:
    """Make the folder, write and apply the objects, wait for the rollout."""
    if context.host.images.store == "shared":
        ensure_manifests("the namespace and its policies", files(context), context.namespace)
        return
    ensure_folder(name=f"Make {paths.REGISTRY_DATA}", path=paths.REGISTRY_DATA, mode="700")
    objects = (*files(context), manifest(context))
    ensure_manifests("the namespace, its policies and the registry", objects, context.namespace)
    ensure_rollout(
        name="Wait until the registry runs as written",
        namespace=context.namespace,
        deployment=DEPLOYMENT,
        label=digest(context),
    )
