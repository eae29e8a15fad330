"""Hand the terminal over to ssh: a shell on the host, or one command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

import typer

from binder_singlenode.cli.terminal import emit

if TYPE_CHECKING:
    from binder_singlenode.config import Host


def become(host: Host, command: list[str]) -> NoReturn:
    """Replace this process by ssh (a shell or a command), without HCLOUD_TOKEN, which ssh does not need."""
    from binder_singlenode import ssh
    from binder_singlenode.base import transcript

    transcript.command(" ".join(command) or "(a shell)")
    words = ssh.command_line(host, command)
    environment = {name: value for name, value in os.environ.items() if name != "HCLOUD_TOKEN"}
    os.execvpe(words[0], words, environment)  # noqa: S606


def program(command: list[str] | None, as_json: bool) -> list[str]:
    """The command as a list. Raises BadParameter for --json without a command: a shell has no result."""
    if as_json and not command:
        raise typer.BadParameter("give a command too: a shell has no result", param_hint="--json")
    return list(command or ())


def enter(host: Host, command: list[str], as_json: bool) -> NoReturn:
    """Open a shell or run the command, with --json print its output at the end. Exits with its exit code."""
    if not as_json:
        become(host, command)
    from binder_singlenode import ssh

    done = ssh.run(host, " ".join(command), timeout_s=None)
    data = {"stdout": done.stdout, "stderr": done.stderr, "exit_code": done.returncode}
    emit(data, as_json, lambda: None)
    raise typer.Exit(done.returncode)
