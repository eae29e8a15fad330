"""From a host file and a machine to the Context of the steps: for our own commands, and for the stock one."""

from binder_singlenode import secret_values, sizing, tls_files, values
from binder_singlenode.config import Host
from binder_singlenode.deploy.context import Context
from binder_singlenode.sizing import Machine
from binder_singlenode.versions import Release


def make(host: Host, machine: Machine, release: Release) -> Context:
    """Sizing, values and files of the machine. Raises SizingError; ConfigError for a missing secret."""
    secrets = secret_values.resolve(host)
    sized = sizing.size(machine, host)
    text = values.to_yaml(values.helm_values(host, sized, release, secrets))
    return Context(host, sized, release, text, tls_files.read(host))
