"""A control group with a limit for the commands of builds.

dind is a privileged container: its own containers are outside of its pod's group, and the pod's limit is not
theirs. dockerd puts them below the group that it is told (values/binderhub.py), and systemd makes it (ADR
0306).
"""

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.files import File, ensure_file
from binder_singlenode.deploy.operations.services import Service, ensure_service
from binder_singlenode.deploy.step import Leaves, Place, step
from binder_singlenode.layout import paths
from binder_singlenode.layout.names import BUILDS_SLICE


def files(context: Context) -> tuple[File, ...]:
    """The slice."""
    text = render("system/binderbuilds.slice.j2", memory_bytes=context.sizing.dind_limit_bytes)
    return (File(paths.unit_path(BUILDS_SLICE), text, unit=BUILDS_SLICE),)


def service(context: Context) -> Service:
    """The slice is in force when systemd has it."""
    return Service(BUILDS_SLICE, files(context))


@step(
    "builds",
    Place("file", paths.unit_path(BUILDS_SLICE), "the memory that the commands of all builds get together"),
    leaves=Leaves(units=(BUILDS_SLICE,)),
)
def builds(context: Context) -> None:
    """The slice, and its limit; builds that run go on under a new one."""
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_service(name="Limit the memory of builds", service=service(context))
