"""`vm create/list/ssh/destroy/reap`: throwaway VMs, on this computer or at Hetzner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from binder_singlenode.cli.options import JsonOption, ProviderOption, VerboseOption, YesOption
from binder_singlenode.cli.parameters import debian_release, size_bytes
from binder_singlenode.cli.terminal import confirm, emit, say

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The VM's name.")]


def create(
    name: NameArgument = "vm",
    provider: ProviderOption = "auto",
    memory: Annotated[int, typer.Option(parser=size_bytes, metavar="SIZE", help="Memory, as 8G.")] = "8G",  # type: ignore[assignment] # typer parses the default too
    cpus: Annotated[int, typer.Option(help="Virtual CPUs.", min=1)] = 2,
    disk: Annotated[
        int, typer.Option(parser=size_bytes, metavar="SIZE", help="Root disk, as 40G; sparse.")
    ] = "40G",  # type: ignore[assignment]
    release: Annotated[
        str, typer.Option(parser=debian_release, metavar="NAME", help="Debian: trixie or bookworm.")
    ] = "trixie",
    internet: Annotated[
        bool, typer.Option("--internet", help="On this computer: let the VM reach other machines.")
    ] = False,
    yes: YesOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli.output.vms import line
    from binder_singlenode.provision import targets
    from binder_singlenode.vm import VmSpec
    from binder_singlenode.vm import provider as find_provider

    spec = VmSpec(
        memory_bytes=memory,
        cpus=cpus,
        disk_bytes=disk,
        release=release,
        internet=internet,
    )
    vms = find_provider(provider)
    if not _agreed(vms.plan(name, spec), yes):
        say("Nothing was made.")
        raise typer.Exit(1)
    vm = vms.create(name, spec, say)
    targets.of_vm(vm)
    emit(asdict(vm), as_json, lambda: print(line(vm)))
    bundle = "" if vm.internet else " --bundle DIR"
    say(f"next: binder-singlenode vm ssh {vm.name}   or   binder-singlenode up {vm.name}{bundle}")


def _agreed(offers: Sequence[str], yes: bool) -> bool:
    """Whether to continue: True if the VM costs nothing, else show the price and ask."""
    if not offers:
        return True
    first, *others = offers
    say(f"This costs money until it is destroyed: {first}")
    for offer in others:
        say(f"  or, where there is no room: {offer}")
    return confirm("Make it?", yes)


def list_vms(
    provider: ProviderOption = "auto", verbose: VerboseOption = False, as_json: JsonOption = False
) -> None:
    from binder_singlenode.cli.output.vms import line
    from binder_singlenode.vm import provider as find_provider

    if provider == "hcloud":  # it may take a minute until an API that does not answer is given up
        say("asking the Hetzner Cloud API …")
    vms = find_provider(provider).list()

    def people() -> None:
        for vm in vms:
            print(line(vm))
        if not vms:
            say(f"no VM here; make one: binder-singlenode vm create --provider {provider}")

    emit([asdict(vm) for vm in vms], as_json, people)


def ssh(
    name: NameArgument = "vm",
    command: Annotated[list[str] | None, typer.Argument(help="Run this instead of a shell.")] = None,
    provider: ProviderOption = "auto",
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli import handover
    from binder_singlenode.provision import targets
    from binder_singlenode.vm import provider as find_provider

    words = handover.program(command, as_json)
    target = targets.of_vm(find_provider(provider).get(name))
    handover.enter(target.host, words, as_json)


def destroy(
    name: NameArgument = "vm",
    provider: ProviderOption = "auto",
    yes: YesOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli.terminal import forget_context
    from binder_singlenode.provision import targets
    from binder_singlenode.vm import provider as find_provider

    vms = find_provider(provider)
    if not yes:
        vms.get(name)  # nobody is asked about a VM that does not exist
    if not confirm(f"Destroy the VM {name} and everything on it?", yes):
        raise typer.Exit(1)
    vms.destroy(name)
    targets.forget(name)
    forget_context(name)
    data = {"name": name, "provider": provider, "destroyed": True}
    emit(data, as_json, lambda: say(f"the VM {name} is gone"))


def reap(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be removed.")] = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.vm.hcloud.provider import provider as hcloud

    leftovers = hcloud().reap(dry_run=dry_run)

    def people() -> None:
        for each in leftovers:
            print(each.line())

    emit([asdict(each) for each in leftovers], as_json, people)
    if not leftovers:
        say("nothing is left over")
