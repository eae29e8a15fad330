"""binder-singlenode's folders, the web proxy, and the few Debian packages that k3s and the entry need.
apt runs only if a package is missing."""

from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations import apt, proxy
from binder_singlenode.deploy.operations.files import File, ensure_file, ensure_folder
from binder_singlenode.deploy.step import Place, step
from binder_singlenode.layout import paths
from binder_singlenode.layout.system import HOME_PACKAGES, PACKAGES


def files(context: Context) -> tuple[File, ...]:
    """The marker file, which must come before any path that other software uses too; and the proxy."""
    return (File(paths.MARK, render("system/ours.j2")), *proxy.files(context))


@step(
    "packages",
    Place("folder", paths.ETC, "settings of binder-singlenode; open to root only", mode="700"),
    Place(
        "folder",
        paths.VAR,
        "notes about what is installed, the staging folder, the run lock, the registry's images, the list of"
        " pinned images",
        mode="755",
    ),
    Place("folder", paths.INSTALLED, mode="755"),
    Place("folder", paths.STAGING, mode="700"),
    Place(
        "file",
        paths.MARK,
        "marker file: the Kubernetes on this machine was installed by binder-singlenode",
        data=True,
    ),
    Place("file", paths.PROXY_ENVIRONMENT, "the web proxy's settings, for k3s, apt and downloads"),
)
def packages(context: Context) -> None:
    """Make the folders of all later steps, set the proxy that downloads need, install packages."""
    for place in packages.places:
        if place.kind == "folder":
            ensure_folder(name=f"Make {place.path}", path=place.path, mode=place.mode, owner=place.owner)
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    names = PACKAGES + (HOME_PACKAGES if context.host.persistent else ())
    ensure_packages(name="Install what is missing of " + ", ".join(names), packages=names)


@operation()
def ensure_packages(packages: tuple[str, ...]) -> Generator[StringCommand, None, None]:
    """Install packages that dpkg does not list as installed."""
    seen = look(host)
    missing = [name for name in packages if not seen.packages().get(name, "").startswith("ii")]
    if not missing:
        return
    yield StringCommand(install_script(missing))
    seen.forget("packages", "units", "firewall")


def install_script(missing: list[str]) -> str:
    """Shell that installs packages through the proxy."""
    return f"{proxy.READ}\n{apt.install_script(missing)}"
