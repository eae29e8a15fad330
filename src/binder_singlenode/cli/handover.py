"""The terminal handed over to ssh: a shell on the host, or one command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

import typer

from binder_singlenode.cli.terminal import emit

if TYPE_CHECKING:
    from binder_singlenode.config import Host


def become(host: Host, command: list[str]) -> NoReturn:
    """Hand the terminal over to ssh, which has no business with the cloud's token: a shell, or a command."""
    from binder_singlenode import ssh
    from binder_singlenode.base import transcript

    transcript.command(" ".join(command) or "(a shell)")
    words = ssh.command_line(host, command)
    environment = {name: value for name, value in os.environ.items() if name != "HCLOUD_TOKEN"}
    os.execvpe(words[0], words, environment)  # noqa: S606


def program(command: list[str] | None, as_json: bool) -> list[str]:
    """The words of the command; a shell has no result that could be JSON."""
    if as_json and not command:
        raise typer.BadParameter("give a command too: a shell has no result", param_hint="--json")
    return list(command or ())


def enter(host: Host, command: list[str], as_json: bool) -> NoReturn:
    """Become a shell on the host, or the command; for programs, run it to its end. Its exit code is ours."""
    if not as_json:
        become(host, command)
    from binder_singlenode import ssh

    done = ssh.run(host, " ".join(command), timeout_s=None)
    data = {"stdout": done.stdout, "stderr": done.stderr, "exit_code": done.returncode}
    emit(data, as_json, lambda: None)
    raise typer.Exit(done.returncode)
