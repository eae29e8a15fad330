"""The person at the terminal: for those parts that must ask, and what of theirs knows a host."""

import getpass
import sys

from binder_singlenode.cli.options import ask, say
from binder_singlenode.ssh.login import Asking


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


def forget_context(name: str) -> None:
    """Take a host that is no more out of the person's kubeconfig, and say so. Raises ClusterError."""
    from binder_singlenode.cluster import kubeconfig

    if path := kubeconfig.forget(name):
        say(f"{path}: without the context {kubeconfig.context_name(name)} now")
