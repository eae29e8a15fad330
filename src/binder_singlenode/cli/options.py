"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from binder_singlenode.cli.terminal import say

_SAY_THEIR_LOG = ("plan", "up")

UpgradeOption = Annotated[
    bool, typer.Option("--upgrade", help="Move to the versions that this program pins.")
]

ProviderOption = Annotated[
    str,
    typer.Option("--provider", help="auto (the best of qemu and uml on this computer), qemu, uml, hcloud."),
]


def _start_log(context: typer.Context, verbose: bool) -> bool:
    """Start the log file of what --verbose shows. Every command that uses a host or a cloud has --verbose.

    Few commands read the option themselves: commands on a host are logged by the code that runs them.
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
        help="Show the commands on the host and the requests to Hetzner, and name the log.",
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


def one_source(bundle: Path | None, upgrade: bool) -> None:
    """Raises BadParameter if both --bundle and --upgrade are given: each of them sets the versions."""
    if bundle and upgrade:
        raise typer.BadParameter("a bundle brings its own versions: leave out --upgrade")
