"""`down`: remove everything that `up` placed on the host."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption, TrustOption, VerboseOption, YesOption
from binder_singlenode.cli.terminal import confirm, emit, say

if TYPE_CHECKING:
    from binder_singlenode.provision.events import Result
    from binder_singlenode.provision.workflow import Opened


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
    from binder_singlenode.cli import output
    from binder_singlenode.cli.terminal import asking, forget_context
    from binder_singlenode.provision import targets, workflow
    from binder_singlenode.provision.events import Result

    target = targets.resolve(host)
    with workflow.opened(target, asking(trust)) as work:
        found, stays = work.connection.remains(keep_data=keep_data)
        if found:
            say(f"To be removed from {target.name}:")
            for line in output.removal_lines(found):
                say(f"  {line}")
            for path in stays:
                say(f"  stays: {path}")
            result = _removed(work, keep_data, yes)
        else:
            kept = ", but for what --keep-data keeps" if keep_data else ""
            say(f"Nothing of binder-singlenode is on {target.name}{kept}.")
            result = Result(0, 0, 0.0)
    if result is None:
        say("Nothing was removed.")
        raise typer.Exit(1)
    if not keep_data:
        forget_context(target.name)
    data = {"host": target.name, "found": found, **asdict(result)}
    emit(data, as_json, lambda: print(f"{target.name}: {result.changed} removals"))


def _removed(work: Opened, keep_data: bool, yes: bool) -> Result | None:
    """Confirm, lock, apply. Returns None if the user declines."""
    from binder_singlenode.cli.output.progress import Progress
    from binder_singlenode.provision import run_lock

    if not confirm("Remove all this?", yes):
        return None
    target = work.target
    with run_lock.locked(work.session, f"down {target.name}"), Progress() as progress:
        work.connection.plan_removal(target.host, keep_data=keep_data)
        return work.connection.apply(progress.operation)
