"""`kubeconfig`: merge a named context into the user's kubeconfig, or run one command with KUBECONFIG set."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption, VerboseOption
from binder_singlenode.cli.terminal import emit, say


def kubeconfig(
    host: HostArgument,
    command: Annotated[
        list[str] | None, typer.Argument(help="Run this with KUBECONFIG set, instead of merging.")
    ] = None,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    import signal

    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.cluster import kubeconfig as kubeconfig_module
    from binder_singlenode.provision import targets
    from binder_singlenode.ssh import login

    if command and as_json:
        raise typer.BadParameter(
            "what a command prints is its own: leave out one of the two", param_hint="--json"
        )
    target = targets.resolve(host)
    session = login.open_access(target.host, asking())
    if command:
        raise typer.Exit(kubeconfig_module.run_command(session, command))
    with kubeconfig_module.serve(session) as served:
        data = {"file": str(served.path), "context": served.context, "port": served.port}
        emit(data, as_json, lambda: print(served.command))
        say(f"context {served.context} is in {served.path}; the tunnel is open until Ctrl-C")
        signal.pause()
