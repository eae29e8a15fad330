"""`ssh`: a shell on the host, or one command."""

from __future__ import annotations

from typing import Annotated

import typer

from binder_singlenode.cli.handover import enter, program
from binder_singlenode.cli.options import HostArgument, JsonOption, VerboseOption

ProgramArgument = Annotated[list[str] | None, typer.Argument(help="Run this instead of a shell.")]


def ssh(
    host: HostArgument,
    command: ProgramArgument = None,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets
    from binder_singlenode.ssh import login

    words = program(command, as_json)
    target = targets.resolve(host)
    login.open_access(target.host, asking())
    enter(target.host, words, as_json)
