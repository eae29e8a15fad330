"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from binder_singlenode.cli import completion

UpgradeOption = Annotated[
    bool, typer.Option("--upgrade", help="Move to the versions that this program pins.")
]

ProviderOption = Annotated[
    str,
    typer.Option(
        "--provider",
        autocompletion=completion.providers,
        help="auto (the best of qemu and uml on this computer), qemu, uml, hcloud.",
    ),
]


VerboseOption = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Show the commands on the host and the requests to Hetzner, and name the log.",
    ),
]
HostArgument = Annotated[
    str,
    typer.Argument(
        metavar="HOST",
        help="A name in inventories/, user@address, or vm.",
        show_default=False,
        autocompletion=completion.hosts,
    ),
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
