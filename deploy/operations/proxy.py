"""How the host's own programs reach the internet: one file of variables, empty without a proxy.

systemd gives it to k3s, whose containerd and kubelet inherit it; apt and curl get it from the shell.
"""

from binder_singlenode.base.render import render
from binder_singlenode.config import proxy_environment
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.files import File
from binder_singlenode.layout import paths

READ = f"set -a; [ ! -f {paths.PROXY_ENVIRONMENT} ] || . {paths.PROXY_ENVIRONMENT}; set +a"
"""Shell that puts the variables into the environment of what follows."""


def files(context: Context) -> tuple[File, ...]:
    """The one file. It is there without a proxy too: taking the proxy away is a change like any other."""
    text = render("system/proxy.env.j2", variables=proxy_environment.environment(context.host))
    return (File(paths.PROXY_ENVIRONMENT, text, mode="600", unit=paths.K3S_UNIT),)
