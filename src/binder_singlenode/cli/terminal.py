"""The user's terminal: messages on stderr, data on stdout, questions, and the context in their kubeconfig."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from binder_singlenode.base import invocation

if TYPE_CHECKING:
    from binder_singlenode.ssh.login import Asking


def asking(trust_host_key: bool = False) -> Asking:
    """Ask on the terminal; without one, the answer is no, and the password is None."""
    from binder_singlenode.ssh.login import Asking

    def confirm(question: str) -> bool:
        if trust_host_key:
            say(question + " (accepted: --trust-host-key)")
            return True
        return sys.stdin.isatty() and ask(question)

    def password(prompt: str) -> str | None:
        if not sys.stdin.isatty():
            return None
        try:
            return getpass.getpass(f"{prompt}: ")
        except EOFError:  # Ctrl-D
            say()
            return None

    return Asking(confirm, password, sys.stdin.isatty(), say)


def forget_context(name: str) -> None:
    """Remove a deleted host from the user's kubeconfig, and print that. Raises ClusterError."""
    from binder_singlenode.cluster import kubeconfig

    if path := kubeconfig.forget(name):
        say(f"{path}: without the context {kubeconfig.context_name(name)} now")


def say(line: str = "") -> None:
    """Print a message to stderr, flushed, so that a pipe shows it at once."""
    if line:
        invocation.current().last_said = line
    print(line, file=sys.stderr, flush=True)


def emit(data: Any, as_json: bool, people: Callable[[], None]) -> None:
    """Print data to stdout: as JSON, or by calling `people`."""
    invocation.current().has_result = True
    if as_json:
        import json

        print(json.dumps(data, indent=2, default=str), flush=True)
    else:
        people()


def confirm(question: str, yes: bool) -> bool:
    """Ask once. Without a terminal, the answer is no, and a message names --yes."""
    if yes:
        return True
    if not sys.stdin.isatty():
        say(f"{question} There is no terminal to ask on: add --yes.")
        return False
    return ask(question)


def ask(question: str) -> bool:
    """Ask yes or no; the end of input (Ctrl-D) is a no. Ctrl-C ends the run (KeyboardInterrupt)."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort as abort:  # typer raises it for both
        if isinstance(abort.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        say()
        return False
