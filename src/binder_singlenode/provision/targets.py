"""Resolve the argument HOST to a host.

HOST is the name of a throwaway VM (`vm` is the default one), a name in inventories/, a path of a host
file, or user@address. A throwaway VM's host file is in the state folder. Its address and ports are
updated each time, because they may have changed.
"""

from dataclasses import dataclass
from pathlib import Path

from binder_singlenode import config, ssh
from binder_singlenode.base.folders import vm_hosts_dir
from binder_singlenode.config import Host
from binder_singlenode.errors import VmError
from binder_singlenode.vm import Vm, host_file, provider

DEFAULT_VM = "vm"


@dataclass(frozen=True)
class Target:
    """A host, its name, and its host file (the lock file is in the same folder)."""

    name: str
    host: Host
    path: Path


def resolve(text: str) -> Target:
    """Find the host for `text`. Raises ConfigError (unknown, bad file) or VmError (not created yet)."""
    vm = find_vm(text)
    if vm is not None:
        return of_vm(vm)
    if text == DEFAULT_VM:
        own = config.inventories_dir() / f"{DEFAULT_VM}.yaml"
        other = f"; for the host file of that name: {own}" if own.is_file() else ""
        raise VmError(
            "there is no throwaway VM on this computer", hint=f"binder-singlenode up vm   (makes one){other}"
        )
    if _is_remote_vm(text):
        return _read(_vm_file(text))
    host = config.planned(text, config.inventories_dir())
    assert host.file is not None
    return Target(host.name, host, host.file)


def _read(path: Path) -> Target:
    return Target(path.stem, config.load(path), path)


def _vm_file(name: str) -> Path:
    """The host file of a throwaway VM."""
    return vm_hosts_dir() / f"{name}.yaml"


def _is_remote_vm(name: str) -> bool:
    """A VM that `vm create` made elsewhere: `vm create` has written its host file and pinned its host key."""
    return "/" not in name and _vm_file(name).exists()


def forget(name: str) -> None:
    """Delete the host file and lock file of a destroyed VM."""
    for path in (_vm_file(name), _vm_file(name).with_suffix(".lock.yaml")):
        path.unlink(missing_ok=True)


def find_vm(name: str) -> Vm | None:
    """The throwaway VM of this name on this computer (only `vm` commands query other providers)."""
    return next((vm for vm in provider("auto").list() if vm.name == name), None)


def of_vm(vm: Vm) -> Target:
    """Write the VM's host file; if it exists, update address, ssh and url only (users may edit the rest)."""
    path = _vm_file(vm.name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        start = f"apiVersion: binder/v1\naddress: {vm.address}\n"
        path.write_text(f"# The throwaway VM {vm.name}; yours to edit.\n{start}")
    config.edit(path, host_file(vm))
    host = config.load(path)
    ssh.trust(host, vm.host_keys)  # generated before the VM was created: nothing is trusted on first use
    return Target(vm.name, host, path)
