"""With mode persistent, the homes of users: for each home a file system and a Kubernetes volume.

With mode binder this step does nothing. Homes from an earlier mode persistent stay until `down`.
"""

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import Look
from binder_singlenode.deploy.operations.files import File, ensure_file, ensure_folder
from binder_singlenode.deploy.operations.manifests import ensure_manifests
from binder_singlenode.deploy.operations.services import Service, ensure_service
from binder_singlenode.deploy.step import Leaves, Place, step
from binder_singlenode.layout import names, paths

START_LIMIT_S = 1800
"""Long enough to make and check up to 500 file systems, also on an emulated machine."""


def files(context: Context) -> tuple[File, ...]:
    """The script that makes and mounts the homes, and its unit; none with mode binder."""
    if not context.host.persistent:
        return ()
    unit = paths.HOMES_UNIT
    script = render(
        "homes/binder-homes.sh.j2",
        unit=unit,
        homes=paths.HOMES,
        users=context.host.home.users,
        size_bytes=context.host.home.size_bytes,
        uid=names.SESSION_UID,
        gid=names.SESSION_GID,
    )
    service = render(
        "homes/binder-homes.service.j2", homes=paths.HOMES, script=paths.HOMES_SCRIPT, limit_s=START_LIMIT_S
    )
    return (
        File(paths.HOMES_SCRIPT, script, mode="700", unit=unit),
        File(paths.unit_path(unit), service, unit=unit),
    )


def manifest(context: Context) -> File:
    """Manifest of the volumes."""
    text = render(
        "homes/homes.yaml.j2",
        storage_class=names.HOME_STORAGE_CLASS,
        homes=paths.HOMES,
        users=context.host.home.users,
        size_bytes=context.host.home.size_bytes,
        node_name=context.node_name,
    )
    return File(paths.HOMES_MANIFEST, text, mode="600")


def service(context: Context) -> Service:
    """The unit stays "active" when a home is unmounted, so the kernel's mounts are checked as well."""
    users = context.host.home.users

    def mounted(seen: Look) -> bool:
        return seen.homes() >= users

    return Service(paths.HOMES_UNIT, files(context), start_limit_s=START_LIMIT_S, works=mounted)


@step(
    "homes",
    Place("file", paths.HOMES_SCRIPT, "with `mode: persistent`: makes and mounts the homes of users"),
    Place("file", paths.unit_path(paths.HOMES_UNIT), "runs it at boot"),
    Place(
        "folder",
        paths.HOMES,
        "for each home a file `NNN.img`, and the folder where it is mounted",
        mode="700",
        data=True,
        users_files=True,
        mounts=True,
    ),
    Place("file", paths.HOMES_MANIFEST, "a Kubernetes volume for each"),
    leaves=Leaves(units=(paths.HOMES_UNIT,)),
    wanted=lambda host: host.persistent,
)
def homes(context: Context) -> None:
    """Set up folder, script, unit, file systems, volumes."""
    if not context.host.persistent:
        return
    ensure_folder(name=f"Make {paths.HOMES}", path=paths.HOMES, mode="700")
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_service(name="Make and mount the homes", service=service(context))
    ensure_manifests("the volumes of homes", (manifest(context),), context.namespace)
