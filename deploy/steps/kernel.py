"""Kernel modules and settings, applied now and at every boot."""

from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations.files import File, ensure_file
from binder_singlenode.deploy.step import Place, step
from binder_singlenode.layout import paths
from binder_singlenode.layout.system import KERNEL_MODULES, SYSCTLS


def files(context: Context) -> tuple[File, ...]:
    """Files that systemd reads at boot."""
    return (
        File(paths.MODULES, render("system/modules.conf.j2", modules=KERNEL_MODULES)),
        File(paths.SYSCTL, render("system/sysctl.conf.j2", sysctls=SYSCTLS)),
        File(paths.SYSCTL_AGAIN, render("system/sysctl-again.conf.j2", sysctl=paths.SYSCTL)),
    )


@step(
    "kernel",
    Place("file", paths.MODULES, "kernel modules to load at boot"),
    Place("file", paths.SYSCTL, "kernel settings"),
    Place("file", paths.SYSCTL_AGAIN, "applies them once more, after files that sort behind"),
)
def kernel(context: Context) -> None:
    """Modules first: some settings only exist once their module is loaded."""
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_modules(name="Load " + ", ".join(KERNEL_MODULES))
    ensure_sysctls(name="Apply the kernel settings")


@operation()
def ensure_modules() -> Generator[StringCommand, None, None]:
    """Load the modules that are neither loaded nor built in."""
    seen = look(host)
    missing = [name for name in KERNEL_MODULES if name not in seen.modules()]
    if not missing:
        return
    yield StringCommand(f"modprobe -a {' '.join(missing)}")
    seen.forget("modules", "sysctls")


@operation()
def ensure_sysctls() -> Generator[StringCommand, None, None]:
    """Apply binder-singlenode's sysctl file to the running kernel; other files are not applied again."""
    seen = look(host)
    running = seen.sysctls()
    if all(running.get(key.replace(".", "/")) == value for key, value in SYSCTLS.items()):
        return
    yield StringCommand(f"sysctl -q -p {paths.SYSCTL}")
    seen.forget("sysctls")
