"""The command line: a literal list of verbs. Each lives in a small file of commands/."""

from typing import Annotated

import typer

from binder_singlenode.commands.verbs import Verb, VerbGroup


class Vm(VerbGroup):
    """binder-singlenode vm …"""

    line = "Throwaway VMs: on this computer (qemu) or at Hetzner (hcloud)."
    verbs = {  # noqa: RUF012 - typed in VerbGroup
        "create": Verb(
            "vm:create",
            "Make a VM and wait until ssh answers; one that exists is started."
            " What costs money is asked first.",
        ),
        "list": Verb(
            "vm:list_vms", "Every VM of the provider, half-made and dead ones too, and when its time is over."
        ),
        "ssh": Verb("vm:ssh", "A shell on the VM, or one command.", runs_program=True),
        "destroy": Verb("vm:destroy", "Remove the VM and all that belongs to it."),
        "reap": Verb(
            "vm:reap",
            "Remove what throwaway VMs left behind at Hetzner:"
            " expired and orphaned servers, keys, addresses.",
        ),
    }


class Main(VerbGroup):
    """binder-singlenode …"""

    line = "One command turns one bare VM into a BinderHub that keeps Binder's promises."
    verbs = {  # noqa: RUF012 - typed in VerbGroup
        "init": Verb(
            "hostfile:init", "Write a host file for user@address; one that exists is kept as it is."
        ),
        "check": Verb(
            "provision:check",
            "Is the machine fit? Every problem at once, each with its remedy; touches nothing.",
        ),
        "plan": Verb("provision:plan", "What `up` would change; touches nothing. Secrets are masked."),
        "up": Verb(
            "provision:up",
            "Make the host a BinderHub; run again to repair, or with --upgrade."
            " Nothing changes if nothing must.",
        ),
        "verify": Verb(
            "prove:verify",
            "Prove it from outside: services, cluster, health and, with --launch, a real session.",
        ),
        "status": Verb(
            "state:status", "Node, release, registry, sessions against quota, disk, certificates' days left."
        ),
        "launch": Verb(
            "prove:launch", "Launch a repository: its build streams by, then the session's URL is printed."
        ),
        "logs": Verb("logs:logs", "Logs of one component."),
        "kubeconfig": Verb(
            "remote:kubeconfig",
            "Merge a named context into your kubeconfig, and keep its tunnel open until Ctrl-C.",
            runs_program=True,
        ),
        "ssh": Verb(
            "remote:ssh",
            "A shell on the machine, or one command; with the keys and jump hosts that `up` uses.",
            runs_program=True,
        ),
        "size": Verb(
            "prove:size", "The arithmetic of a machine: what it holds, and how each number comes about."
        ),
        "schema": Verb("hostfile:schema", "Print the JSON schema of host files."),
        "down": Verb(
            "removal:down",
            "List, then remove, all that `up` placed. Run it again if it was stopped half way.",
        ),
        "vm": Vm,
    }


app = typer.Typer(
    cls=Main,
    name="binder-singlenode",
    epilog="HOST is a name in inventories/, user@address, or vm: a throwaway VM on this computer.",
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(version("binder-singlenode"))
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that go before any command."""
