"""The person at the terminal, for those parts that must ask."""

import getpass
import sys

import typer

from binder_singlenode.access import Asking
from binder_singlenode.commands.common import say


def asking(trust_host_key: bool = False) -> Asking:
    """Questions on the terminal; without one, the answer is no and no password."""

    def confirm(question: str) -> bool:
        if trust_host_key:
            say(question + " (accepted: --trust-host-key)")
            return True
        return sys.stdin.isatty() and typer.confirm(question, err=True)

    def password(prompt: str) -> str | None:
        return getpass.getpass(f"{prompt}: ") if sys.stdin.isatty() else None

    return Asking(confirm, password)
