"""The typer application: all commands with their help lines. Each command is a module in commands/."""

from typing import Annotated

import typer

from binder_singlenode.cli.lazy import Verb, VerbGroup


class Vm(VerbGroup):
    """binder-singlenode vm …"""

    line = "Throwaway VMs: on this computer (qemu, user-mode Linux) or at Hetzner (hcloud)."
    verbs = {  # noqa: RUF012 - typed in VerbGroup
        "create": Verb(
            "vm:create",
            "Make a VM and wait until ssh answers. One that exists is started; Asks before it costs money.",
            changes=True,
        ),
        "list": Verb(
            "vm:list_vms", "Every VM, and when it expires. Half-made and dead ones of the provider too."
        ),
        "ssh": Verb("vm:ssh", "A shell on the VM, or one command.", runs_program=True),
        "save": Verb(
            "vm_disks:save",
            "Keep a running VM's disk under a tag. An older one of that tag goes.",
            changes=True,
        ),
        "reset": Verb(
            "vm_disks:reset",
            "Put a VM's disk back to a saved one, and boot it. What came later is lost.",
            changes=True,
        ),
        "fork": Verb(
            "vm_disks:fork",
            "Make another VM from a saved disk. Same content, sizes and keys; ports of its own.",
            changes=True,
        ),
        "destroy": Verb("vm:destroy", "Remove the VM and all that belongs to it.", changes=True),
        "reap": Verb(
            "vm:reap",
            "Remove what throwaway VMs left behind at Hetzner."
            " Expired and orphaned servers, keys, addresses.",
            changes=True,
        ),
    }


class Main(VerbGroup):
    """binder-singlenode …"""

    line = "One command turns one bare VM into a BinderHub that keeps Binder's promises."
    verbs = {  # noqa: RUF012 - typed in VerbGroup
        "init": Verb("init:init", "Write a host file for user@address. One that exists is kept as it is."),
        "check": Verb(
            "check:check",
            "Every problem of the machine, each with its remedy. Touches nothing.",
        ),
        "plan": Verb("plan:plan", "What `up` would change; touches nothing. Secrets are masked."),
        "up": Verb(
            "up:up",
            "Make the host a BinderHub; run again to repair. With --upgrade it moves to newer versions."
            " Nothing changes if nothing must.",
            changes=True,
        ),
        "verify": Verb(
            "verify:verify",
            "Verify from outside: services, cluster, health. With --launch a real session too.",
        ),
        "status": Verb(
            "status:status",
            "One screen: node, release, sessions, disk, certificates. Sessions against the quota, days left.",
        ),
        "launch": Verb(
            "launch:launch", "Launch a repository and print its session's URL. The build streams by."
        ),
        "warm": Verb(
            "warm:warm",
            "Build and pull repositories before a workshop. They are pinned against clean-up;"
            " without REPO it lists what is pinned.",
            changes=True,
        ),
        "logs": Verb("logs:logs", "Logs of one component."),
        "kubeconfig": Verb(
            "kubeconfig:kubeconfig",
            "Merge a named context into your kubeconfig. Its tunnel stays open until Ctrl-C.",
            runs_program=True,
        ),
        "ssh": Verb(
            "ssh:ssh",
            "A shell on the machine, or one command. With the keys and jump hosts that `up` uses.",
            runs_program=True,
        ),
        "size": Verb("size:size", "What a machine holds, real or imagined. And how each number comes about."),
        "schema": Verb("init:schema", "Print the JSON schema of host files."),
        "down": Verb(
            "down:down",
            "List, then remove, all that `up` placed. Run it again if it was stopped half way.",
            changes=True,
        ),
        "vm": Vm,
    }


def changes(arguments: list[str]) -> bool:
    """Whether this command line changes something: what was interrupted can then be continued."""
    verb: Verb | type[VerbGroup] | None = Main
    for word in arguments:
        if not isinstance(verb, type):
            break
        verb = verb.verbs.get(word)
    return isinstance(verb, Verb) and verb.changes


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


def _show_versions(asked: bool) -> None:
    if asked:
        from binder_singlenode.releases import ages

        for line in ages.lines():
            print(line)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
    versions: Annotated[
        bool,
        typer.Option(
            "--versions",
            callback=_show_versions,
            is_eager=True,
            help="Print the versions that `up` installs, each with its date.",
        ),
    ] = False,
) -> None:
    """Options that go before any command."""
