"""The person at the terminal, for those parts that must ask."""

import getpass
import sys

from binder_singlenode.access import Asking
from binder_singlenode.commands.common import ask, say


def asking(trust_host_key: bool = False) -> Asking:
    """Questions on the terminal; without one, the answer is no and no password."""

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
