"""`plan`: run all checks before a change, then show what `up` would change."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_singlenode.cli.options import (
    BundleOption,
    HostArgument,
    JsonOption,
    TrustOption,
    UpgradeOption,
    VerboseOption,
    one_source,
)
from binder_singlenode.cli.terminal import emit, say

DiffOption = Annotated[bool, typer.Option("--diff/--no-diff", help="Show what changes inside files.")]


def plan(
    host: HostArgument,
    bundle: BundleOption = None,
    upgrade: UpgradeOption = False,
    diff: DiffOption = True,
    trust: TrustOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli import output
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets, workflow

    one_source(bundle, upgrade)
    with workflow.opened(targets.resolve(host), asking(trust)) as work:
        planned = work.connection.plan(workflow.prepared(work, bundle, upgrade, say))
    emit(output.plan_data(planned), as_json, lambda: output.print_plan(planned, diff=diff))
