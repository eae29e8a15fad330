"""`plan`: what `up` would change, with everything that can be wrong found wrong first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from binder_singlenode.cli.options import (
    BundleOption,
    HostArgument,
    JsonOption,
    TrustOption,
    VerboseOption,
    emit,
    say,
)

if TYPE_CHECKING:
    from binder_singlenode.deploy.context import Context
    from binder_singlenode.provision.workflow import Opened
    from binder_singlenode.releases.versions import Release

DiffOption = Annotated[bool, typer.Option("--diff/--no-diff", help="Show what changes inside files.")]
UpgradeOption = Annotated[
    bool, typer.Option("--upgrade", help="Move to the versions that this program pins.")
]


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
        planned = work.connection.plan(prepared(work, bundle, upgrade))
    emit(output.plan_data(planned), as_json, lambda: output.print_plan(planned, diff=diff))


def one_source(bundle: Path | None, upgrade: bool) -> None:
    """Raises BadParameter when two places are named to take versions from."""
    if bundle and upgrade:
        raise typer.BadParameter("a bundle brings its own versions: leave out --upgrade")


def tell_of_standins(release: Release, bundle: Path | None) -> None:
    """Nobody shall take a test bed for the real thing."""
    if release.standin:
        say(f"{bundle} holds stand-ins for tests: neither k3s nor BinderHub, nothing to serve people with")


def prepared(work: Opened, bundle: Path | None, upgrade: bool) -> Context:
    """Everything that can be wrong is found wrong here, before the host is touched."""
    from binder_singlenode.base.units import human_bytes
    from binder_singlenode.provision import workflow

    release = workflow.release_for(work.target, bundle, work.connection.arch(), upgrade)
    tell_of_standins(release, bundle)
    if not bundle and (moves := workflow.moves(work.target, release.arch)):
        say(("upgrade: " if upgrade else "newer versions, for up --upgrade: ") + ", ".join(moves))
    workflow.judged(work, release, say)
    context = workflow.context_for(work, release)
    sized, machine = context.sizing, context.sizing.machine
    say(
        f"{work.target.name}: {human_bytes(machine.memory_bytes)} of memory, {machine.cpus} CPUs; holds"
        f" {sized.quota} sessions at a time, {sized.concurrent_builds} build(s)"
    )
    return context
