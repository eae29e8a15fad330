"""Web proxy settings for the host's own programs: one file of environment variables, empty without a proxy.

systemd passes the variables to k3s, whose containerd and kubelet inherit them; apt and curl get them from
the shell.
"""

from binder_singlenode.base.render import render
from binder_singlenode.config import proxy_environment
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.files import File
from binder_singlenode.layout import paths

READ = f"set -a; [ ! -f {paths.PROXY_ENVIRONMENT} ] || . {paths.PROXY_ENVIRONMENT}; set +a"
"""Shell that exports the variables to the commands that follow."""


def files(context: Context) -> tuple[File, ...]:
    """The file of variables. It exists without a proxy too, so that removing the proxy is a normal change."""
    text = render("system/proxy.env.j2", variables=proxy_environment.environment(context.host))
    return (File(paths.PROXY_ENVIRONMENT, text, mode="600", unit=paths.K3S_UNIT),)
