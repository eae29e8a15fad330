"""The helm binary, which runs on the host."""

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.binaries import Installed, ensure_verified_file, titled
from binder_singlenode.deploy.step import BINARY, Place, step
from binder_singlenode.layout import paths


def binary(context: Context) -> Installed:
    """The helm binary."""
    return Installed(paths.HELM, context.release.helm)


@step("helm", Place("binary", paths.HELM, BINARY, shared_name=True))
def helm(context: Context) -> None:
    """Install the binary."""
    ensure_verified_file(name=titled("Install helm", binary(context)), wanted=binary(context))
