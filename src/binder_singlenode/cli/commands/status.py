"""`status`: print the state of a host on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption, TrustOption, VerboseOption
from binder_singlenode.cli.terminal import emit

if TYPE_CHECKING:
    from binder_singlenode.health.status import Status
    from binder_singlenode.provision.targets import Target
    from binder_singlenode.ssh.login import Asking


def status(
    host: HostArgument,
    trust: TrustOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli import output
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets

    gathered = _gathered(targets.resolve(host), asking(trust))
    emit(output.status_data(gathered), as_json, lambda: output.print_status(gathered))
    raise typer.Exit(0 if gathered.ok else 1)


def _gathered(target: Target, asking: Asking) -> Status:
    """Collect the status; for a host that ssh cannot reach, a status with the error."""
    from functools import partial

    from binder_singlenode import cluster
    from binder_singlenode.errors import ConnectError
    from binder_singlenode.health import status as status_module
    from binder_singlenode.ssh import login

    try:
        session = login.open_access(target.host, asking)
    except ConnectError as error:
        return status_module.unreached(target.host, error, how_to_start(target.name))
    return status_module.gather(session, partial(cluster.connect, session))


def how_to_start(name: str) -> str | None:
    """How to start a stopped throwaway VM on this computer, else None. ssh's error does not contain this."""
    from binder_singlenode.provision import targets

    vm = targets.find_vm(name)
    if vm is None or vm.state not in ("stopped", "dead"):
        return None
    return f"the VM is {vm.state}: binder-singlenode up {name}   (starts it)"
