"""From a host file and a machine to the Context of the steps: for our own commands, and for the stock one."""

from binder_singlenode.config import Host
from binder_singlenode.config.secrets import resolve, tls_files
from binder_singlenode.deploy.context import Context
from binder_singlenode.releases.versions import Release
from binder_singlenode.sizing import size
from binder_singlenode.sizing.size import Machine
from binder_singlenode.values import helm_values


def make(host: Host, machine: Machine, release: Release) -> Context:
    """Sizing, values and files of the machine. Raises SizingError; ConfigError for a missing secret."""
    secrets = resolve.resolve(host)
    sized = size.size(machine, host)
    text = helm_values.to_yaml(helm_values.helm_values(host, sized, release, secrets))
    return Context(host, sized, release, text, tls_files.read(host))
