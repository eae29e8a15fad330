"""`init`: write a host file. `schema`: print the JSON schema, with or without --json."""

from typing import Annotated

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption
from binder_singlenode.cli.terminal import emit, say


def init(
    host: HostArgument,
    hostname: Annotated[
        str | None,
        typer.Option(help="The public DNS name of the Binder; in a file that exists, only it changes."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full/--short", help="With every other field as a comment, or without.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode import config

    name = _checked(hostname) if hostname is not None else None
    path = config.find(host, config.inventories_dir(), annotated=full)
    if name:
        config.edit(path, {"hostname": name})
    found = config.load(path)
    emit({"file": str(found.file)}, as_json, lambda: print(found.file))
    say(f"next: binder-singlenode check {config.argument(found)}")


def _checked(hostname: str) -> str:
    from binder_singlenode.config.model.addresses import FieldError, check_hostname

    try:
        return check_hostname(hostname)
    except FieldError as error:
        raise typer.BadParameter(f"{error.message}; {error.hint}", param_hint="--hostname") from None


def schema(as_json: JsonOption = False) -> None:
    from binder_singlenode import config

    print(config.json_schema_text(), end="")
