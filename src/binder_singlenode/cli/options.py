"""What the commands share: their common arguments, talk on stderr, data on stdout."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from binder_singlenode.config import Host

_SAY_THEIR_LOG = ("plan", "up")


def _start_log(context: typer.Context, verbose: bool) -> bool:
    """What talks to a host or a cloud has --verbose, and with it a log file of what --verbose shows.

    That is all: what a command runs is said where it is run, and few commands look at the option themselves.
    """
    if not context.resilient_parsing:
        from binder_singlenode.base import log

        command = "-".join(context.command_path.split()[1:])
        path = log.start(command, verbose)
        if verbose or command in _SAY_THEIR_LOG:
            say(f"log: {path}")
    return verbose


VerboseOption = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        callback=_start_log,
        help="Show what runs on the host, or is asked of Hetzner, and name the log.",
    ),
]
HostArgument = Annotated[
    str,
    typer.Argument(metavar="HOST", help="A name in inventories/, user@address, or vm.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
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
    return ask(question)


def ask(question: str) -> bool:
    """The person's answer; the end of input (Ctrl-D) is a no. Ctrl-C ends the run, as it does anywhere."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort as abort:  # typer's one word for both
        if isinstance(abort.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        say()
        return False


def become(host: "Host", command: list[str]) -> NoReturn:
    """Hand the terminal over to ssh, which has no business with the cloud's token: a shell, or a command."""
    from binder_singlenode import ssh
    from binder_singlenode.base import transcript

    transcript.command(" ".join(command) or "(a shell)")
    words = ssh.command_line(host, command)
    environment = {name: value for name, value in os.environ.items() if name != "HCLOUD_TOKEN"}
    os.execvpe(words[0], words, environment)  # noqa: S606
