"""Isolate the processes of a VM from the network, root's privileges and root's files.

Linux only. Uses system calls directly, because Python 3.11 has no `os.unshare`.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

from binder_singlenode.vm.uml.command_line import Files

USER_ID = 60817
"""If root starts a VM, its programs run as this user, which owns nothing else. The number is outside the
ranges that Debian and systemd assign (Debian Policy 9.2.2; systemd's users and groups)."""

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def cut_off() -> None:
    """Move this process to a new network namespace, which has only a loopback device.

    Users other than root also need a new user namespace. Raises OSError if this computer does not allow it.
    """
    if os.geteuid() == 0:
        _call("unshare", _CLONE_NEWNET)
    else:
        user, group = os.geteuid(), os.getegid()
        _call("unshare", _CLONE_NEWUSER | _CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _switch_on("lo")


def _switch_on(card: str) -> None:
    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", card.encode(), 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", card.encode(), flags | _IFF_UP))


def can_cut_off() -> bool:
    """Whether `cut_off` works here; tested in a separate process."""
    code = "from binder_singlenode.vm.uml.sandbox import cut_off; cut_off()"
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def own_view(files: Files) -> Files:
    """As root: create a mount namespace in which USER_ID can access the VM's files, below /mnt.

    USER_ID becomes the owner of disk, seed and run. For other users than root, the paths are unchanged.
    """
    if os.geteuid() != 0:
        return files
    for path in (files.disk, files.seed, files.run):
        os.chown(path, USER_ID, USER_ID)
    _call("unshare", _CLONE_NEWNS)
    _call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    _call("mount", b"tmpfs", b"/mnt", b"tmpfs", 0, b"mode=755")
    return Files(**{name: _bound(path, Path("/mnt") / name) for name, path in vars(files).items()})


def _bound(source: Path, target: Path) -> Path:
    if source.is_dir():
        target.mkdir()
    else:
        target.touch()
    _call("mount", bytes(source), bytes(target), None, _MS_BIND, None)
    return target


def give_up_rights() -> None:
    """For a child process before exec: drop root permanently, and be killed when the parent ends."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(USER_ID, USER_ID, USER_ID)
        os.setresuid(USER_ID, USER_ID, USER_ID)
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # last: changing the user clears it
