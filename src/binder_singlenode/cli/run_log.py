"""Start the log file of a command that uses a host or a cloud; these commands have the option --verbose."""

from __future__ import annotations

from typing import Any

_NAME_THEIR_LOG = ("plan", "up")


def start(context: Any) -> None:
    """Called when the whole command line has been read: a usage error leaves no log behind.

    Few commands read --verbose themselves: commands on a host are logged by the code that runs them.
    """
    verbose = context.params.get("verbose")
    if verbose is None:
        return
    from binder_singlenode.base import log
    from binder_singlenode.cli.terminal import say

    command = "-".join(context.command_path.split()[1:])
    path = log.start(command, verbose)
    if verbose or command in _NAME_THEIR_LOG:
        say(f"log: {path}")
