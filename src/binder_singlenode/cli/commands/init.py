"""`init`: write a host file. `schema`: print the JSON schema, with or without --json."""

from typing import Annotated

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption
from binder_singlenode.cli.terminal import emit, say


def init(
    host: HostArgument,
    hostname: Annotated[str | None, typer.Option(help="The public DNS name of the Binder.")] = None,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode import config

    found = config.resolve(host, config.inventories_dir())
    assert found.file is not None
    if hostname:
        config.edit(found.file, {"hostname": hostname})
    emit({"file": str(found.file)}, as_json, lambda: print(found.file))
    say(f"next: binder-singlenode check {config.argument(found)}")


def schema(as_json: JsonOption = False) -> None:
    from binder_singlenode import config

    print(config.json_schema_text(), end="")
