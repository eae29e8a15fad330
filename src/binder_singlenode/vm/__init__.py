"""Throwaway VMs: one small protocol, three providers.

`qemu` and `uml` (user-mode Linux) run VMs on this computer; `auto` selects one of the two. `hcloud` creates
VMs at Hetzner Cloud.

    vms = provider("auto")
    vm = vms.create("demo", VmSpec(), progress=print)     # a bare Debian; returns when ssh answers
    host = config.Host(**host_file(vm))                   # usable like any other host
    vms.destroy("demo")                                   # nothing is left

A provider's modules are imported only when that provider is used.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from binder_singlenode.base.folders import state_dir
from binder_singlenode.base.units import GIB
from binder_singlenode.errors import VmError

State = Literal["making", "running", "stopped", "dead"]
"""making: a process is creating it. dead: it should run but does not, or its creation was interrupted."""

Progress = Callable[[str], None]
"""Callback that receives one line of text per step."""

LOCAL = ("auto", "qemu", "uml")
PROVIDERS = (*LOCAL, "hcloud")

# A host name label (RFC 1123) that starts with a letter; at most 40 characters, to keep socket paths short.
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class VmSpec:
    """Requested size and options of a VM. The defaults fit one BinderHub with a few small sessions."""

    memory_bytes: int = 8 * GIB
    cpus: int = 2
    disk_bytes: int = 40 * GIB
    """Size of the root file system. The disk is sparse: it occupies only what is written."""
    release: str = "trixie"
    """Debian's code name: trixie (13) or bookworm (12)."""
    internet: bool = False
    """Local VMs: whether packets may leave this computer. If not, the VM only answers on forwarded ports."""
    image: Path | None = None
    """Local VMs: a folder with disk.img, vmlinuz and initrd.img, used instead of the cached Debian image."""


@dataclass(frozen=True)
class Vm:
    """A VM of any provider: its ssh address, its keys and its state."""

    name: str
    provider: str
    address: str
    ssh_port: int
    user: str
    key: Path
    """Private key for ssh logins; created for this VM only."""
    host_keys: tuple[str, ...]
    """Public host keys ("ssh-ed25519 AAAA…"), never trusted on first use: created before the VM (local), or
    verified at first contact (hcloud, docs/adr/0502)."""
    http_port: int | None
    """Port of `address` that is forwarded to the VM's port 80; None: port 80 itself."""
    state: State
    https_port: int | None = None
    created: str = ""
    """Creation time (ISO 8601, UTC)."""
    internet: bool = True
    """Whether the VM can reach other machines."""
    how: str = ""
    """How the VM runs, for display, such as "qemu with an emulated CPU"; "" if the provider says enough."""
    expires: str = ""
    """Time after which the VM may be deleted (ISO 8601, UTC); "" for never."""

    @property
    def known_hosts(self) -> tuple[str, ...]:
        """The lines of a known_hosts file for this VM."""
        host = self.address if self.ssh_port == 22 else f"[{self.address}]:{self.ssh_port}"
        return tuple(f"{host} {key}" for key in self.host_keys)


class Provider(Protocol):
    """Interface for the commands `vm create/list/ssh/destroy` and `up vm`. Every method may raise VmError."""

    name: str

    def plan(self, name: str, spec: VmSpec) -> Sequence[str]:
        """The attempts `create` would make, best first, with prices; empty if nothing more is to be paid."""
        ...

    def create(self, name: str, spec: VmSpec, progress: Progress = ...) -> Vm:
        """Create a VM and wait until ssh answers. If this is killed, the next create or destroy cleans up."""
        ...

    def list(self) -> list[Vm]:
        """All VMs of this provider, including incomplete and dead ones, sorted by name."""
        ...

    def get(self, name: str) -> Vm:
        """The VM with that name; VmError (suggesting a similar name) if there is none."""
        ...

    def destroy(self, name: str) -> None:
        """Delete the VM and everything that belongs to it; VmError if there is none."""
        ...

    def start(self, name: str) -> Vm:
        """Start the VM (unless it is running) and wait until ssh answers."""
        ...

    def stop(self, name: str, hard: bool = False) -> None:
        """Shut the VM down cleanly; hard: power it off at once."""
        ...


def provider(name: str) -> Provider:
    """The provider with that name; VmError for an unknown name."""
    if name not in PROVIDERS:
        raise VmError(f"no VM provider is called {name!r}", hint=f"one of: {', '.join(PROVIDERS)}")
    if name in LOCAL:
        from binder_singlenode.vm.local.provider import LocalVms

        return LocalVms(name)
    module = importlib.import_module(f"{__name__}.{name}.provider")
    return cast(Provider, module.provider())


def checked_name(name: str) -> str:
    """`name` itself if it is valid as a host name and a folder name; VmError otherwise."""
    if not _NAME.fullmatch(name):
        raise VmError(
            f"{name!r} cannot be the name of a VM",
            hint="a letter, then up to 39 lower-case letters, digits or '-', not ending with '-'",
        )
    return name


def state_root(provider_name: str) -> Path:
    """The folder of a provider's VMs: vm/<provider> in the XDG state folder."""
    return state_dir() / "vm" / provider_name


def host_file(vm: Vm) -> dict[str, Any]:
    """The host file of a VM, as the mapping that config.Host takes."""
    host: dict[str, Any] = {
        "address": vm.address,
        "ssh": {"user": vm.user, "port": vm.ssh_port, "key": str(vm.key)},
    }
    if vm.http_port is not None:
        host["url"] = f"http://{vm.address}:{vm.http_port}"
    return host


def ignore(_line: str) -> None:
    """Progress callback that discards its input."""
