"""`check`: every problem of the machine, each with its remedy."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from binder_singlenode.cli.options import BundleOption, HostArgument, JsonOption, TrustOption, VerboseOption
from binder_singlenode.cli.terminal import emit

if TYPE_CHECKING:
    from binder_singlenode.preflight.judge import Problem


def check(
    host: HostArgument,
    bundle: BundleOption = None,
    trust: TrustOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets, workflow
    from binder_singlenode.releases import bundle as bundles

    target = targets.resolve(host)
    with workflow.opened(target, asking(trust)) as work:
        release = bundles.load(bundle, work.connection.arch()) if bundle else None
        problems = work.connection.preflight(release)
    emit([asdict(problem) for problem in problems], as_json, lambda: _print_problems(target.name, problems))
    raise typer.Exit(int(any(problem.fatal for problem in problems)))


def _print_problems(name: str, problems: list[Problem]) -> None:
    for problem in problems:
        kind = "problem" if problem.fatal else "warning"
        print(f"{kind}: {problem.where}: {problem.what}\n    do: {problem.remedy}")
    if not problems:
        print(f"{name} is fit.")
