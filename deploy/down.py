"""The way back: everything that the steps placed, removed. `removals` lists it; the operations do it.

It can be run again at any time, also after a run that was killed: each operation looks for what is left.
"""

from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.deploy import deploy
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.deploy import down_script, paths
from binder_singlenode.deploy.remains import Remains


@deploy("down")
def down(keep_data: bool) -> None:
    """Services first, then processes, mounts and interfaces, then rules, then files."""
    stop_services(name="Stop and disable " + ", ".join(paths.UNITS))
    end_pods(name="End the containers, with their mounts and network interfaces")
    remove_rules(name=f"Remove the nftables table {paths.FIREWALL_TABLE} and Kubernetes' rules")
    remove_paths(name="Remove files and folders", keep_data=keep_data)
    remove_user(name=f"Remove the user {paths.ENTRY_USER}")


removals = down_script.removals
"""removals(keep_data): what `down` deletes, one line each, for people to read before they say yes."""


def _remains() -> dict[str, list[str]]:
    told: dict[str, list[str]] = host.get_fact(Remains)
    return told


@operation()
def stop_services() -> Generator[StringCommand, None, None]:
    """Our units."""
    if _remains().get("units"):
        yield StringCommand(down_script.stop_script())


@operation()
def end_pods() -> Generator[StringCommand, None, None]:
    """KillMode=process leaves containers running when k3s stops: that is wanted, except now."""
    told = _remains()
    if any(told.get(what) for what in ("processes", "mounts", "links")):
        yield StringCommand(down_script.end_pods_script())


@operation()
def remove_rules() -> Generator[StringCommand, None, None]:
    """Only our table, and the chains that Kubernetes names."""
    if _remains().get("rules"):
        yield StringCommand(down_script.rules_script())


@operation()
def remove_paths(keep_data: bool) -> Generator[StringCommand, None, None]:
    """Each on its own file system only: what somebody mounted into a folder stays."""
    wanted = down_script.removed_paths(keep_data)
    there = set(_remains().get("paths", []))
    if there.intersection(wanted):
        yield StringCommand(down_script.remove_script(wanted))


@operation()
def remove_user() -> Generator[StringCommand, None, None]:
    """The system user of the entry."""
    if _remains().get("users"):
        yield StringCommand(f"userdel {paths.ENTRY_USER}")
