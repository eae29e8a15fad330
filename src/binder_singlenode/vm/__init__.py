"""Throwaway VMs: one small protocol, three providers.

`qemu` and `uml` (user-mode Linux) run them on this computer, `auto` picks one of the two; `hcloud` makes them
at Hetzner Cloud.

    vms = provider("auto")
    vm = vms.create("demo", VmSpec(), progress=print)     # a bare Debian; ssh answers when this returns
    host = config.Host(**host_file(vm))                   # a host like any other
    vms.destroy("demo")                                   # nothing is left

Nothing of a provider is imported before it is asked for.
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
"""making: its maker is at work. dead: should run and does not, or half-made by a killed run."""

Progress = Callable[[str], None]
"""Receives one line of talk per step of the work."""

LOCAL = ("auto", "qemu", "uml")
PROVIDERS = (*LOCAL, "hcloud")

# One label of a host name (RFC 1123), starting with a letter; 40 keeps socket paths and labels short.
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class VmSpec:
    """What is asked for. The defaults hold one BinderHub with a few small sessions."""

    memory_bytes: int = 8 * GIB
    cpus: int = 2
    disk_bytes: int = 40 * GIB
    """Size of the root file system; sparse: it costs what is written."""
    release: str = "trixie"
    """Debian's code name: trixie (13) or bookworm (12)."""
    internet: bool = False
    """Here: whether packets of the VM may leave this computer. If not, it only answers through its ports."""
    image: Path | None = None
    """Here: a folder with disk.img, vmlinuz and initrd.img, used instead of the cached Debian image."""


@dataclass(frozen=True)
class Vm:
    """A VM as the rest of the product sees it: where to ssh to, with which keys, and its state."""

    name: str
    provider: str
    address: str
    ssh_port: int
    user: str
    key: Path
    """The private key that logs in; made for this VM alone."""
    host_keys: tuple[str, ...]
    """Public host keys ("ssh-ed25519 AAAA…"), made by us before the VM existed: never trust on first use."""
    http_port: int | None
    """The port of `address` that reaches the VM's port 80; None: 80 itself."""
    state: State
    https_port: int | None = None
    created: str = ""
    """When it was made (ISO 8601, UTC)."""
    internet: bool = True
    """Whether it can reach other machines."""
    how: str = ""
    """What runs it, for people, such as "qemu with an emulated CPU"; "" where the provider is the answer."""
    expires: str = ""
    """After this it may be deleted (ISO 8601, UTC); "" for never."""

    @property
    def known_hosts(self) -> tuple[str, ...]:
        """The lines of a known_hosts file for this VM."""
        host = self.address if self.ssh_port == 22 else f"[{self.address}]:{self.ssh_port}"
        return tuple(f"{host} {key}" for key in self.host_keys)


class Provider(Protocol):
    """What the commands `vm create/list/ssh/destroy` and `up vm` need. Every method raises VmError."""

    name: str

    def plan(self, name: str, spec: VmSpec) -> Sequence[str]:
        """What `create` would try, best first, with its price; empty when it costs nothing, or no more."""
        ...

    def create(self, name: str, spec: VmSpec, progress: Progress = ...) -> Vm:
        """Make a VM and wait until ssh answers. Killed at any moment: the next create or destroy tidies."""
        ...

    def list(self) -> list[Vm]:
        """Every VM of this provider, half-made and dead ones too, by name."""
        ...

    def get(self, name: str) -> Vm:
        """The VM of that name; VmError (with a near name) when there is none."""
        ...

    def destroy(self, name: str) -> None:
        """Remove the VM and all that belongs to it; VmError when there is none."""
        ...

    def start(self, name: str) -> Vm:
        """Switch it on (nothing to do when it runs) and wait until ssh answers."""
        ...

    def stop(self, name: str, hard: bool = False) -> None:
        """Shut it down in order; hard: cut the power."""
        ...


def provider(name: str) -> Provider:
    """The provider of that name, from the package of that name."""
    if name not in PROVIDERS:
        raise VmError(f"no VM provider is called {name!r}", hint=f"one of: {', '.join(PROVIDERS)}")
    if name in LOCAL:
        from binder_singlenode.vm.local.provider import LocalVms

        return LocalVms(name)
    module = importlib.import_module(f"{__name__}.{name}.provider")
    return cast(Provider, module.provider())


def checked_name(name: str) -> str:
    """The name itself when it can be a host name and a folder name; VmError otherwise."""
    if not _NAME.fullmatch(name):
        raise VmError(
            f"{name!r} cannot be the name of a VM",
            hint="a letter, then up to 39 lower-case letters, digits or '-', not ending with '-'",
        )
    return name


def state_root(provider_name: str) -> Path:
    """Where a provider keeps its VMs: XDG state folder, vm/<provider>."""
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
    """The progress of those who do not want to know."""
