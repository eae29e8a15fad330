"""`down`: the way back."""

from dataclasses import asdict
from typing import Annotated

import typer

from binder_singlenode.commands.common import (
    HostArgument,
    JsonOption,
    TrustOption,
    VerboseOption,
    YesOption,
    confirm,
    emit,
    say,
)


def down(
    host: HostArgument,
    keep_data: Annotated[
        bool, typer.Option("--keep-data", help="Keep the registry's images and state.")
    ] = False,
    yes: YesOption = False,
    trust: TrustOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode import journal, targets, workflow
    from binder_singlenode.commands.access import asking
    from binder_singlenode.deploy.down_script import removals
    from binder_singlenode.report_progress import Progress

    target = targets.resolve(host)
    with workflow.opened(target, asking(trust)) as work:
        say(f"To be removed from {target.name}:")
        for line in removals(keep_data):
            say(f"  {line}")
        if not confirm("Remove all this?", yes):
            say("Nothing was removed.")
            raise typer.Exit(1)
        with (
            journal.locked(target.host, f"down {target.name}", work.sudo_password),
            Progress() as progress,
        ):
            work.connection.plan_removal(target.host, keep_data=keep_data)
            result = work.connection.apply(progress.operation)
    emit(asdict(result), as_json, lambda: print(f"{target.name}: {result.changed} removals"))
