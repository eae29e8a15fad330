"""`vm save/reset/fork`: save the disk of a throwaway VM, restore it, create another VM from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from binder_singlenode.cli.options import JsonOption, ProviderOption, VerboseOption, YesOption
from binder_singlenode.cli.terminal import confirm, emit, say

if TYPE_CHECKING:
    from binder_singlenode.vm.local.provider import LocalVms

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The VM's name.", show_default=False)]
TagArgument = Annotated[
    str, typer.Argument(metavar="TAG", help="The name of the saved disk.", show_default=False)
]


def save(
    name: NameArgument,
    tag: TagArgument,
    provider: ProviderOption = "auto",
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    _local(provider).save(name, tag)
    data = {"name": name, "tag": tag, "saved": True}
    emit(data, as_json, lambda: say(f"the disk of the VM {name} is saved as {tag}"))
    say(f"next: binder-singlenode vm reset {name} {tag}   or   binder-singlenode vm fork {name} {tag} NEW")


def reset(
    name: NameArgument,
    tag: TagArgument,
    provider: ProviderOption = "auto",
    yes: YesOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli.output.vms import line

    vms = _local(provider)
    if not confirm(f"Reset the VM {name} to {tag}? What was written since then is lost.", yes):
        raise typer.Exit(1)
    vm = vms.reset(name, tag, say)
    emit(asdict(vm), as_json, lambda: print(line(vm)))


def fork(
    name: NameArgument,
    tag: TagArgument,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new VM's name.", show_default=False)],
    provider: ProviderOption = "auto",
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli.output.vms import line
    from binder_singlenode.provision import targets

    vm = _local(provider).fork(name, tag, new, say)
    targets.of_vm(vm)
    emit(asdict(vm), as_json, lambda: print(line(vm)))
    say(f"next: binder-singlenode vm ssh {vm.name}")


def _local(provider: str) -> LocalVms:
    """The VMs on this computer. Raises VmError for other providers: only local disks can be saved."""
    from binder_singlenode.errors import VmError
    from binder_singlenode.vm import provider as find_provider
    from binder_singlenode.vm.local.provider import LocalVms

    vms = find_provider(provider)
    if not isinstance(vms, LocalVms):
        raise VmError(
            f"disks of VMs at {provider} cannot be saved, reset or forked",
            hint="VMs on this computer can: vm create NAME --provider auto",
        )
    return vms
