"""`check`: every problem of the machine, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from binder_singlenode.cli.options import BundleOption, HostArgument, JsonOption, TrustOption, VerboseOption
from binder_singlenode.cli.terminal import emit, say
from binder_singlenode.errors import BinderError

if TYPE_CHECKING:
    from binder_singlenode.config import Host
    from binder_singlenode.preflight.problem import Problem


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
    problems = _host_file(target.host)
    try:
        with workflow.opened(target, asking(trust)) as work:
            release = bundles.load(bundle, work.connection.arch()) if bundle else None
            problems += work.connection.preflight(release)
    except BinderError:
        for line in _lines(problems):
            say(line)
        raise
    emit([asdict(problem) for problem in problems], as_json, lambda: _print_problems(target.name, problems))
    raise typer.Exit(int(any(problem.fatal for problem in problems)))


def _host_file(host: Host) -> list[Problem]:
    """What can be judged without the machine: also shown when it does not answer."""
    from binder_singlenode.preflight.problem import Problem
    from binder_singlenode.values.options.host_file import REMEDY, problems_in_host_file

    return [Problem(what, where, REMEDY) for where, what in problems_in_host_file(host)]


def _lines(problems: list[Problem]) -> Iterator[str]:
    for problem in problems:
        kind = "problem" if problem.fatal else "warning"
        yield f"{kind}: {problem.where}: {problem.what}\n    do: {problem.remedy}"


def _print_problems(name: str, problems: list[Problem]) -> None:
    for line in _lines(problems):
        print(line)
    if not problems:
        print(f"{name} is fit.")
