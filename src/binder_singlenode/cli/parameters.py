"""Values of options with a unit or a range. Raises BadParameter (exit 2), which names the option."""

from __future__ import annotations

import math
from typing import Annotated

import typer

LONGEST_TIMEOUT_S = 7 * 86400


def size_bytes(text: str) -> int:
    """Bytes of a size in JupyterHub's units: 64G = 64 * 1024^3."""
    from binder_singlenode.base.units import UnitError, parse_jupyterhub_bytes

    try:
        size = parse_jupyterhub_bytes(text)
    except UnitError as error:
        raise typer.BadParameter(f"{error.message}; {error.hint}") from None
    if size == 0:
        raise typer.BadParameter(f'"{text}" must be more than nothing, as in "8G"')
    return size


def seconds(text: str) -> float:
    """Seconds of a time limit: a number from 1 to LONGEST_TIMEOUT_S."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 1 <= number <= LONGEST_TIMEOUT_S:  # false for nan
        raise typer.BadParameter(f'"{text}" must be a number of seconds from 1 to {LONGEST_TIMEOUT_S}')
    return number


def debian_release(text: str) -> str:
    """Code name of a Debian release that throwaway VMs can have."""
    from binder_singlenode.vm.local.disk_image.recipe import RELEASES

    if text not in RELEASES:
        raise typer.BadParameter(f'"{text}" is not one of {", ".join(RELEASES)}')
    return text


TimeoutOption = Annotated[
    float,
    typer.Option("--timeout", parser=seconds, metavar="SECONDS", help="Limit of one launch, in seconds."),
]
