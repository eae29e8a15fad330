"""A control group that limits the memory of build commands.

dind is a privileged container: the containers that it starts are outside its pod's control group, so the
pod's limit does not apply to them. dockerd puts them into the group given by --cgroup-parent
(values/binderhub.py), which systemd creates (ADR 0306).
"""

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.files import File, ensure_file
from binder_singlenode.deploy.operations.services import Service, ensure_service
from binder_singlenode.deploy.step import Leaves, Place, step
from binder_singlenode.layout import paths
from binder_singlenode.layout.names import BUILDS_SLICE


def files(context: Context) -> tuple[File, ...]:
    """The slice's unit file."""
    text = render("system/binderbuilds.slice.j2", memory_bytes=context.sizing.memory.dind_limit_bytes)
    return (File(paths.unit_path(BUILDS_SLICE), text, unit=BUILDS_SLICE),)


def service(context: Context) -> Service:
    """The slice; its limit applies once the unit is active."""
    return Service(BUILDS_SLICE, files(context))


@step(
    "builds",
    Place("file", paths.unit_path(BUILDS_SLICE), "the memory that the commands of all builds get together"),
    leaves=Leaves(units=(BUILDS_SLICE,)),
)
def builds(context: Context) -> None:
    """Write and start the slice; running builds continue under a changed limit."""
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_service(name="Limit the memory of builds", service=service(context))
