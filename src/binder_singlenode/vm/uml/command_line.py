"""Command lines of a VM in user-mode Linux, built by pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from binder_singlenode.base.units import MIB
from binder_singlenode.vm.local.records import Ports

# The guest's fixed addresses (guest/etc/systemd/network); the same as in qemu's user network.
GUEST, GATEWAY, DNS = "10.0.2.15", "10.0.2.2", "10.0.2.3"

# Ports in the VM's own network namespace, where nothing else listens.
INNER = Ports(ssh=2222, http=8080, https=8443)

MARKER = "binder.vm="
SOCKET = "run/passt.sock"
"""Relative to the working folder of both programs: the path of a Unix socket is limited to 107 bytes."""


@dataclass(frozen=True)
class Files:
    """Paths of the files that the kernel and passt use."""

    linux: Path
    modules: Path
    disk: Path
    seed: Path
    run: Path
    passt: Path
    """The folder with passt and its libraries, unpacked from Debian packages."""


def marker(folder: Path) -> str:
    """Argument that identifies the kernel of a VM's folder among all processes; Linux ignores it."""
    return f"{MARKER}{folder}"


def kernel(files: Files, folder: Path, memory_bytes: int, cpus: int) -> list[str]:
    """The kernel's command. `noreboot`: the kernel exits on a reboot, and the supervisor starts it again."""
    return [
        str(files.linux),
        f"mem={memory_bytes // MIB}M",
        f"ncpus={cpus}",
        f"ubd0={files.disk}",
        f"ubd1r={files.seed}",
        f"ubd2r={files.modules}",
        *("root=/dev/ubda", "rw", "net.ifnames=1", "panic=10", "noreboot", "seccomp=on"),
        *("con=null", "con0=fd:0,fd:1", "ssl=null"),
        f"uml_dir={files.run}/",
        "umid=vm",
        f"virtio_uml.device={SOCKET}:1",
        marker(folder),
    ]


def passt(files: Files, ports: Ports, internet: bool) -> list[str]:
    """passt's command. passt turns the guest's packets into connections in passt's own network namespace.

    Without `internet`, that namespace has only a loopback device.
    """
    libraries = files.passt / "usr/lib/x86_64-linux-gnu"
    pairs = ((ports.ssh, 22), (ports.http, 80), (ports.https, 443))
    outside = ("--dns-forward", DNS) if internet else ("--outbound-if4", "lo")
    return [
        *(str(libraries / "ld-linux-x86-64.so.2"), "--library-path", str(libraries)),
        *(str(files.passt / "usr/bin/passt"), "--foreground", "--quiet", "--vhost-user", "-s", SOCKET),
        *("--ipv4-only", "-a", GUEST, "-n", "24", "-g", GATEWAY, "-D", "none", "--no-map-gw"),
        *(word for outer, inner in pairs for word in ("-t", f"127.0.0.1/{outer}:{inner}")),
        *outside,
    ]
