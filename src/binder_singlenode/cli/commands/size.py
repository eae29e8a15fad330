"""`size`: the capacity of a real or an imagined machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from binder_singlenode.cli import completion
from binder_singlenode.cli.options import JsonOption, VerboseOption
from binder_singlenode.cli.parameters import size_bytes
from binder_singlenode.cli.terminal import emit


def size(
    host: Annotated[
        str | None,
        typer.Argument(
            metavar="[HOST]", show_default=False, help="A real host.", autocompletion=completion.hosts
        ),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(parser=size_bytes, metavar="SIZE", help="Memory of an imagined machine, as 64G."),
    ] = None,
    cpus: Annotated[int | None, typer.Option(help="Its CPUs.", min=1, max=4096)] = None,
    disk: Annotated[
        int | None, typer.Option(parser=size_bytes, metavar="SIZE", help="Its disk, as 500G.")
    ] = None,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode import config
    from binder_singlenode.cli import output
    from binder_singlenode.provision import targets
    from binder_singlenode.sizing import explain, size

    imagined = (memory, cpus, disk)
    if host is None and None in imagined:
        raise typer.BadParameter("give a HOST, or --memory, --cpus and --disk together")
    configured = targets.resolve(host).host if host else config.Host(address="imagined.invalid")
    if host is not None and imagined == (None, None, None):
        machine = _real_machine(host)
    elif None not in imagined:
        machine = size.Machine(memory or 0, cpus or 1, disk or 0)
    else:
        raise typer.BadParameter("--memory, --cpus and --disk go together")
    sized = size.size(machine, configured)
    rows = explain.rows(sized)
    emit(
        {**asdict(sized), "disk": sized.disk.as_data()},
        as_json,
        lambda: output.print_rows(rows, ("what", "value", "how")),
    )


def _real_machine(host: str) -> Any:
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets, workflow

    with workflow.opened(targets.resolve(host), asking()) as work:
        return work.connection.machine()
