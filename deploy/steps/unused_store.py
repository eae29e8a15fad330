"""Remove what the unused image store left, once the release uses the other one (images.store).

Each operation checks whether something is left, and is otherwise a no-op. The checked path is removed last,
so that the next run continues after a killed one.
"""

import shlex
from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.cluster.kubectl import KUBECTL, trouble, wait_script
from binder_singlenode.deploy import mounts
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations.manifests import ensure_manifests
from binder_singlenode.deploy.operations.rollout import ensure_rollout
from binder_singlenode.deploy.step import step
from binder_singlenode.deploy.steps.registry import DEPLOYMENT
from binder_singlenode.deploy.steps.registry import digest as registry_digest
from binder_singlenode.deploy.steps.registry import manifest as registry_manifest
from binder_singlenode.layout import image_store, paths

GONE_LIMIT_S = 300
CTR = image_store.CTR
BUILT = image_store.SHARED_PREFIX.partition("/")[0]


@step("store")
def store(context: Context) -> None:
    """Remove the unused store; no-op on a host that never had it."""
    if context.host.images.store == "shared":
        end_registry(context)
    else:
        remove_shared_builder(name=f"Remove {image_store.BUILDER_FOLDERS['shared']}")


def end_registry(context: Context) -> None:
    """Remove the registry's pod and images. Its objects stay, with 0 replicas."""
    at_nought = registry_manifest(context, replicas=0)
    if paths.REGISTRY_MANIFEST in look(host).files():
        ensure_manifests("the registry without pods", (at_nought,), context.namespace)
        ensure_rollout(
            name="Wait until the registry has ended",
            namespace=context.namespace,
            deployment=DEPLOYMENT,
            label=registry_digest(context, replicas=0),
        )
    remove_registry_data(name=f"Remove {paths.REGISTRY_DATA}", namespace=context.namespace)
    builder = image_store.BUILDER_FOLDERS["registry"]
    remove_folder(name=f"Remove {builder}", path=builder)


@operation()
def remove_registry_data(namespace: str) -> Generator[StringCommand, None, None]:
    """Remove the registry's images, once no pod writes there."""
    seen = look(host)
    if paths.REGISTRY_DATA not in seen.files():
        return
    pods = f"{KUBECTL} get pods -n {shlex.quote(namespace)} -l app={DEPLOYMENT} -o name"
    none_left = f'left=$({pods}) && [ -z "$left" ]'
    wait = wait_script("the registry's pod is gone", none_left, GONE_LIMIT_S, trouble(namespace))
    yield StringCommand(f"{{ {wait}; }} && {mounts.removal([paths.REGISTRY_DATA])}")
    seen.forget_file(paths.REGISTRY_DATA)


@operation()
def remove_folder(path: str) -> Generator[StringCommand, None, None]:
    """Remove the unused store's builder folder; the release step has waited until that builder was gone."""
    seen = look(host)
    if path not in seen.files():
        return
    yield StringCommand(mounts.removal([path]))
    seen.forget_file(path)


@operation()
def remove_shared_builder() -> Generator[StringCommand, None, None]:
    """Remove the shared builder's leases in containerd, the names of its images, and its folder.

    The leases would keep the unused build cache permanently. They are those of BuildKit: flat and without
    expiry, or named after one of these. The kubelet deletes images without a name, but not those that running
    sessions use.
    """
    seen = look(host)
    folder = image_store.BUILDER_FOLDERS["shared"]
    if folder not in seen.files():
        return
    endless = "/gc[.]flat/ && !/gc[.]expire/ || $1 ~ /-variants$/"
    yield StringCommand(
        f"{_each('leases', endless)} && {_each('images', f'/^{BUILT}[/]/')}"
        f" && {{ {remove_stray_socket()}; {mounts.removal([folder])}; }}"
    )
    seen.forget_file(folder)


def _each(kind: str, ours: str) -> str:
    """Shell that removes containerd's objects whose line in the list meets the awk condition `ours`."""
    return (
        f"told=$({CTR} {kind} ls) && names=$(echo \"$told\" | awk '{ours} {{ print $1 }}')"
        f' && {{ [ -z "$names" ] || {CTR} {kind} rm $names >/dev/null; }}'
    )


def remove_stray_socket() -> str:
    """Remove the empty folder that the shared store makes; a socket there is another Docker's, and stays."""
    return f"rmdir {image_store.STRAY_SOCKET} 2>/dev/null"
