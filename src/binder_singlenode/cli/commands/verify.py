"""`verify`: check a host from outside, with --launch including real sessions."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption, TrustOption, VerboseOption
from binder_singlenode.cli.parameters import TimeoutOption
from binder_singlenode.cli.terminal import emit
from binder_singlenode.health.expectations import DEFAULT_LAUNCH_TIMEOUT_S


def verify(
    host: HostArgument,
    repo: Annotated[str | None, typer.Option("--launch", metavar="REPO", help="Launch this, twice.")] = None,
    ref: Annotated[str | None, typer.Option(help="Branch, tag or commit of it.")] = None,
    timeout: TimeoutOption = DEFAULT_LAUNCH_TIMEOUT_S,
    promises: Annotated[
        bool, typer.Option("--promises", help="Prove also what takes long: memory, idle time. With --launch.")
    ] = False,
    trust: TrustOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli import output
    from binder_singlenode.cli.output.progress import Progress
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.health.expectations import launch_link
    from binder_singlenode.provision import targets, workflow
    from binder_singlenode.sizing import size

    if promises and repo is None:
        raise typer.BadParameter("--promises needs --launch REPO")
    target = targets.resolve(host)
    launch_link(target.host, repo, ref)  # refuses an address that BinderHub cannot read
    with workflow.opened(target, asking(trust)) as work:
        sized = size.size(work.connection.machine(), target.host)
        with Progress() as progress:
            result = workflow.proved(work, sized, progress.check, repo, ref, timeout, promises=promises)
    emit(output.report_data(result), as_json, lambda: output.print_report(result))
    raise typer.Exit(result.exit_code)
