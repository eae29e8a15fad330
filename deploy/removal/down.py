"""`down`: remove everything that the steps placed. found.py finds it; the operations here remove it.

It can be run again at any time, also after a killed run. Each operation queries what is left. The marker
file (paths.MARK), which shows that the cluster is binder-singlenode's, is removed last.
"""

from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.deploy import deploy
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.deploy import steps
from binder_singlenode.deploy.removal import ipsets, scripts
from binder_singlenode.deploy.removal.found import Remains, to_remove
from binder_singlenode.deploy.steps import firewall
from binder_singlenode.layout import paths


@deploy("down")
def down(keep_data: bool) -> None:
    """Remove services, then processes, mounts and interfaces, then rules, then files."""
    stop_services(name="Stop and disable " + ", ".join(steps.units()))
    end_pods(name="End the containers, with their mounts and network interfaces")
    remove_rules(name=f"Remove the nftables table {paths.FIREWALL_TABLE} and Kubernetes' rules")
    remove_user(name=f"Remove the user {paths.ENTRY_USER}")
    remove_paths(name="Remove files and folders", keep_data=keep_data)


def _remains() -> dict[str, list[str]]:
    told: dict[str, list[str]] = host.get_fact(Remains)
    return told


@operation()
def stop_services() -> Generator[StringCommand, None, None]:
    """Stop and disable binder-singlenode's units."""
    if _remains().get("units"):
        yield StringCommand(scripts.stop_script())


@operation()
def end_pods() -> Generator[StringCommand, None, None]:
    """End the containers. KillMode=process keeps them running when k3s stops; `down` must not keep them."""
    told = _remains()
    if any(told.get(what) for what in ("processes", "mounts", "links", "namespaces")):
        yield StringCommand(scripts.end_pods_script())


@operation()
def remove_rules() -> Generator[StringCommand, None, None]:
    """Remove only binder-singlenode's table and Kubernetes' chains and ipsets. The ipsets come last, because
    a set cannot be removed while a rule uses it."""
    told = _remains()
    if told.get("table"):
        yield StringCommand(firewall.table_script())
    if told.get("chains"):
        yield StringCommand(scripts.chains_script())
    if told.get("ipsets"):
        yield StringCommand(ipsets.destroy_script())


@operation()
def remove_user() -> Generator[StringCommand, None, None]:
    """Remove the system user of the entry."""
    if _remains().get("users"):
        yield StringCommand(f"userdel {paths.ENTRY_USER}")


@operation()
def remove_paths(keep_data: bool) -> Generator[StringCommand, None, None]:
    """Remove files and folders; disks that the operator has mounted there stay mounted."""
    found = to_remove(_remains(), keep_data=keep_data).get("paths")
    if found:
        yield StringCommand(scripts.remove_script(found))
