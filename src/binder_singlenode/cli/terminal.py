"""The person at the terminal: talk on stderr, data on stdout, questions, and what of theirs knows a host."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from binder_singlenode.ssh.login import Asking


def asking(trust_host_key: bool = False) -> Asking:
    """Questions on the terminal; without one, the answer is no and no password."""
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

    return Asking(confirm, password)


def forget_context(name: str) -> None:
    """Take a host that is no more out of the person's kubeconfig, and say so. Raises ClusterError."""
    from binder_singlenode.cluster import kubeconfig

    if path := kubeconfig.forget(name):
        say(f"{path}: without the context {kubeconfig.context_name(name)} now")


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
