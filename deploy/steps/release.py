"""BinderHub, installed by `helm upgrade --install` with values rendered from the host file.

The deployed revision carries a digest of chart, values and namespace as a label. The release is upgraded only
if this digest changes, if its status is not "deployed", or if one of its objects was deleted or edited.
"""

from collections.abc import Generator
from posixpath import basename

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.edited import Edited
from binder_singlenode.deploy.facts.host_state import Look, look
from binder_singlenode.deploy.operations import take_back
from binder_singlenode.deploy.operations.binaries import Installed, ensure_verified_file, titled
from binder_singlenode.deploy.operations.files import File, ensure_file, sha256_of_notes
from binder_singlenode.deploy.operations.helm_upgrade import upgrade_script
from binder_singlenode.deploy.operations.rollout import DIGEST_LENGTH
from binder_singlenode.deploy.step import CGROUPS, Leaves, Place, step
from binder_singlenode.layout import paths
from binder_singlenode.layout.image_store import BUILDER_FOLDERS as BUILDER
from binder_singlenode.layout.names import BUILDS_SLICE, RELEASE


def chart(context: Context) -> Installed:
    """The chart's archive."""
    return Installed(paths.CHART, context.release.chart, mode="600")


def values(context: Context) -> File:
    """The rendered values, which may contain secrets of the operator."""
    return File(paths.VALUES, context.values_yaml, mode="600", secret=True)


def digest(context: Context) -> str:
    """Digest of chart, values and namespace."""
    parts = (context.release.chart.sha256, values(context).sha256, context.namespace)
    return sha256_of_notes(*parts)[:DIGEST_LENGTH]


@step(
    "release",
    Place("binary", paths.CHART, "the BinderHub chart"),
    Place("file", paths.VALUES, "its values, rendered from the host file"),
    Place(
        "written",
        paths.RELEASE_OBJECTS,
        "the objects of the release, to notice one that is gone or was edited",
    ),
    Place("written", paths.APPLIED, "these and k3s' manifests as they were after `up`, to notice edits"),
    Place("grown", paths.HELM_LOCK),
    Place("grown", BUILDER["registry"], "the builder's images and cache", shared_name=True, mounts=True),
    Place(
        "grown",
        BUILDER["shared"],
        "the same with `images.store: shared`; the images themselves are in `/var/lib/rancher`",
        shared_name=True,
        mounts=True,
    ),
    Place("grown", "/run/dind", "the builder's socket", shared_name=True, mounts=True),
    # A privileged container sees the host's control groups: dind makes "init"; builds are in BUILDS_SLICE.
    leaves=Leaves(cgroups=(f"{CGROUPS}/init", f"{CGROUPS}/{BUILDS_SLICE}")),
)
def release(context: Context) -> None:
    """Install the chart, write the values, upgrade."""
    ensure_verified_file(name=titled("Bring the chart", chart(context)), wanted=chart(context))
    ensure_file(name=f"Write {paths.VALUES}", file=values(context))
    title = take_back.titled("Bring the release up to date", _edited(look(host)))
    ensure_release(name=title, namespace=context.namespace, label=digest(context))


@operation()
def ensure_release(namespace: str, label: str) -> Generator[StringCommand, None, None]:
    """Install or upgrade, unless the newest revision is deployed, unedited and has the same digest."""
    seen = look(host)
    if _is_deployed(seen, namespace, label):
        return
    yield StringCommand(upgrade_script(RELEASE, namespace, label, _edited(seen)))
    seen.forget("files")


def _is_deployed(seen: Look, namespace: str, label: str) -> bool:
    cluster = seen.cluster()
    prefix = f"{namespace}/{RELEASE}/"
    revisions = {
        int(key.removeprefix(prefix)): told
        for key, told in cluster.releases.items()
        if key.startswith(prefix)
    }
    if not revisions or basename(paths.RELEASE_OBJECTS) not in cluster.applied or _edited(seen):
        return False
    return revisions[max(revisions)] == ("deployed", label)


def _edited(seen: Look) -> tuple[Edited, ...]:
    return seen.cluster().edited_of(paths.RELEASE_OBJECTS)
