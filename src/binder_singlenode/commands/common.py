"""What the commands share: their common arguments, talk on stderr, data on stdout."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

HostArgument = Annotated[
    str,
    typer.Argument(metavar="HOST", help="A name in inventories/, user@address, or vm.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show each command that runs on the host.")
]
TrustOption = Annotated[
    bool, typer.Option("--trust-host-key", help="Accept the key that an unknown host shows, unasked.")
]
BundleOption = Annotated[
    Path | None,
    typer.Option(
        "--bundle",
        metavar="DIR",
        help="Take every download from this folder.",
        exists=True,
        file_okay=False,
        show_default=False,
    ),
]


def say(line: str = "") -> None:
    """Talk goes to stderr, one line at a time, so that a pipe shows it as it comes."""
    print(line, file=sys.stderr, flush=True)


def emit(data: Any, as_json: bool, people: Callable[[], None]) -> None:
    """Data goes to stdout: as JSON for programs, or as `people` prints it."""
    if as_json:
        import json

        print(json.dumps(data, indent=2, default=str), flush=True)
    else:
        people()


def confirm(question: str, yes: bool) -> bool:
    """Ask once; without a terminal to ask on, the answer is no (and the way out is said)."""
    if yes:
        return True
    if not sys.stdin.isatty():
        say(f"{question} There is no terminal to ask on: add --yes.")
        return False
    return typer.confirm(question, err=True)


def become(command: list[str]) -> NoReturn:
    """Hand the terminal over to another program, which has no business with the cloud's token."""
    environment = {name: value for name, value in os.environ.items() if name != "HCLOUD_TOKEN"}
    os.execvpe(command[0], command, environment)  # noqa: S606
