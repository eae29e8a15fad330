"""Wait until a VM answers over ssh with the host key that was created for it."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from binder_singlenode.base import atomic, transcript
from binder_singlenode.errors import VmError
from binder_singlenode.vm import Vm, programs

# Pause between attempts while nothing shows that the VM is up. qemu accepts every connection, holds it until
# the guest has a network, and then forwards all at once: after too many attempts sshd refuses the login.
_PATIENCE_S = 20

# Limit to connect; a whole attempt may take twice as long. A login takes 1 to 3 s on an emulated CPU, longer
# while the VM boots.
_ATTEMPT_S = 30
_BANNER_S = 5


def write_known_hosts(vm: Vm) -> Path:
    """Write the VM's host keys to known_hosts next to its private key; returns the file."""
    target = vm.key.with_name("known_hosts")
    atomic.write(target, "".join(f"{line}\n" for line in vm.known_hosts))
    return target


def ssh_command(vm: Vm, *remote: str) -> list[str]:
    """The ssh command for the VM, with the VM's key and host keys and without the user's configuration."""
    known_hosts = str(vm.key.with_name("known_hosts")).replace("%", "%%")
    options = {
        "UserKnownHostsFile": f'"{known_hosts}"',
        "GlobalKnownHostsFile": "none",
        "StrictHostKeyChecking": "yes",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "BatchMode": "yes",
        "ConnectTimeout": str(_ATTEMPT_S),
        "LogLevel": "ERROR",
    }
    words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    target = f"{vm.user}@{vm.address}"
    return ["ssh", "-F", "none", *words, "-i", str(vm.key), "-p", str(vm.ssh_port), target, *remote]


def run(vm: Vm, *remote: str, timeout_s: float = 60) -> str:
    """Run a command in the VM and return its stdout; VmError if it fails."""
    transcript.command(" ".join(remote))
    return programs.run(ssh_command(vm, *remote), f"in the VM {vm.name!r}", timeout_s=timeout_s)


def answers(vm: Vm) -> str | None:
    """The VM's current boot id if an ssh login works now, else None. VmError if the host key differs."""
    if not _greets(vm.address, vm.ssh_port):
        return None
    question = "cat /proc/sys/kernel/random/boot_id"
    transcript.command(question)
    argv = ssh_command(vm, question)
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, timeout=2 * _ATTEMPT_S, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return None
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr:
        raise VmError(f"another machine answers on port {vm.ssh_port}", where=vm.name)
    return done.stdout.strip() if done.returncode == 0 else None


def _greets(address: str, port: int) -> bool:
    """Whether an ssh server sends its banner: a cheap test (the forwarded port is open during boot, too)."""
    try:
        with socket.create_connection((address, port), timeout=2) as connection:
            connection.settimeout(_BANNER_S)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def wait(vm: Vm, limit_s: float, likely: Callable[[], bool], previous_boot: str | None = None) -> str:
    """Wait until an ssh login works (in a boot other than `previous_boot`); returns the boot id.

    likely: whether an attempt may succeed now; raises VmError if waiting has become useless.
    VmError after limit_s.
    """
    deadline = time.monotonic() + limit_s
    next_try = time.monotonic() + _PATIENCE_S
    while True:
        if likely() or time.monotonic() > next_try:
            boot = answers(vm)
            if boot and boot != previous_boot:
                return boot
            next_try = time.monotonic() + _PATIENCE_S
        if time.monotonic() > deadline:
            raise VmError(f"the VM did not answer over ssh within {limit_s:.0f} s", where=vm.name)
        time.sleep(0.2)
