"""How the host's own programs reach the internet: one file of variables, empty without a proxy.

systemd gives it to k3s, whose containerd and kubelet inherit it; apt and curl get it from the shell.
"""

from binder_singlenode import proxy
from binder_singlenode.deploy import paths
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.files import File
from binder_singlenode.render import render

READ = f"set -a; [ ! -f {paths.PROXY_ENVIRONMENT} ] || . {paths.PROXY_ENVIRONMENT}; set +a"
"""Shell that puts the variables into the environment of what follows."""


def files(context: Context) -> tuple[File, ...]:
    """The one file. It is there without a proxy too: taking the proxy away is a change like any other."""
    text = render("host/proxy.env.j2", variables=proxy.environment(context.host))
    return (File(paths.PROXY_ENVIRONMENT, text, mode="600", unit=paths.K3S_UNIT),)
