"""`vm create/list/ssh/destroy/reap`: throwaway VMs, on this computer or at Hetzner."""

from dataclasses import asdict
from typing import Annotated

import typer

from binder_singlenode.commands.common import JsonOption, YesOption, become, confirm, emit, say

app = typer.Typer(no_args_is_help=True, help="Throwaway VMs: on this computer (qemu) or at Hetzner (hcloud).")

ProviderOption = Annotated[str, typer.Option("--provider", help="qemu (this computer) or hcloud.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The VM's name.")]


@app.command()
def create(
    name: NameArgument = "vm",
    provider: ProviderOption = "qemu",
    memory: Annotated[str, typer.Option(help="Memory, as 8G.")] = "8G",
    cpus: Annotated[int, typer.Option(help="Virtual CPUs.")] = 2,
    disk: Annotated[str, typer.Option(help="Root disk, as 40G; sparse.")] = "40G",
    release: Annotated[str, typer.Option(help="Debian: trixie or bookworm.")] = "trixie",
    restrict: Annotated[bool, typer.Option(help="qemu: let no packet leave the VM.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a VM and wait until ssh answers; one that exists is started."""
    from binder_singlenode import targets
    from binder_singlenode.units import parse_jupyterhub_bytes
    from binder_singlenode.vm import VmSpec
    from binder_singlenode.vm import provider as find_provider

    spec = VmSpec(
        memory_bytes=parse_jupyterhub_bytes(memory),
        cpus=cpus,
        disk_bytes=parse_jupyterhub_bytes(disk),
        release=release,
        restrict=restrict,
    )
    vm = find_provider(provider).create(name, spec, say)
    targets.of_vm(vm)
    emit(asdict(vm), as_json, lambda: print(f"{vm.name}\t{vm.state}\tssh port {vm.ssh_port}"))
    say(f"next: binder-singlenode vm ssh {vm.name}   or   binder-singlenode up {vm.name}")


@app.command("list")
def list_vms(provider: ProviderOption = "qemu", as_json: JsonOption = False) -> None:
    """Every VM of the provider, half-made and dead ones too."""
    from binder_singlenode.vm import provider as find_provider

    vms = find_provider(provider).list()

    def people() -> None:
        for vm in vms:
            print(f"{vm.name}\t{vm.state}\t{vm.user}@{vm.address}:{vm.ssh_port}\t{vm.created}")
        if not vms:
            say(f"no VM here; make one: binder-singlenode vm create --provider {provider}")

    emit([asdict(vm) for vm in vms], as_json, people)


@app.command(context_settings={"ignore_unknown_options": True})
def ssh(
    name: NameArgument = "vm",
    command: Annotated[list[str] | None, typer.Argument(help="Run this instead of a shell.")] = None,
    provider: ProviderOption = "qemu",
) -> None:
    """A shell on the VM, or one command."""
    from binder_singlenode import ssh as ssh_module
    from binder_singlenode import targets
    from binder_singlenode.vm import provider as find_provider

    target = targets.of_vm(find_provider(provider).get(name))
    become(ssh_module.command_line(target.host, list(command or ())))


@app.command()
def destroy(name: NameArgument = "vm", provider: ProviderOption = "qemu", yes: YesOption = False) -> None:
    """Remove the VM and all that belongs to it."""
    from binder_singlenode import targets
    from binder_singlenode.vm import provider as find_provider

    if not confirm(f"Destroy the VM {name} and everything on it?", yes):
        raise typer.Exit(1)
    find_provider(provider).destroy(name)
    targets.forget(name)
    say(f"the VM {name} is gone")


@app.command()
def reap(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be removed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove what throwaway VMs left behind at Hetzner: expired and orphaned servers, keys, addresses."""
    from binder_singlenode.vm.hcloud import provider as hcloud

    leftovers = hcloud().reap(dry_run=dry_run)
    lines = [each.line() for each in leftovers]
    emit(lines, as_json, lambda: print(*lines, sep="\n", end="\n" if lines else ""))
    if not leftovers:
        say("nothing is left over")
