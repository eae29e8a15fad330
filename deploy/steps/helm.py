"""The helm binary, which runs on the host."""

from pyinfra.api.deploy import deploy

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.binaries import Installed, ensure_verified_file, titled
from binder_singlenode.layout import paths


def binary(context: Context) -> Installed:
    """The helm binary."""
    return Installed(paths.HELM, context.release.helm)


@deploy("helm")
def helm(context: Context) -> None:
    """One binary."""
    ensure_verified_file(name=titled("Install helm", binary(context)), wanted=binary(context))
