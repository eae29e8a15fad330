"""What the lowest layers have in common: a shell, users, and the libraries of Debian's programs."""

from __future__ import annotations

from pathlib import Path

from building import debian
from building.archive import Link

Content = dict[str, Path | str | Link | None]

_SHELL = (
    "cat",
    "df",
    "du",
    "env",
    "find",
    "grep",
    "head",
    "id",
    "ls",
    "mkdir",
    "ps",
    "rm",
    "sed",
    "sh",
    "sleep",
    "tr",
)
_PASSWD = "".join(
    f"{line}:/bin/sh\n"
    for line in ("root:x:0:0::/root", "jovyan:x:1000:100::/home/jovyan", "nobody:x:65534:65534::/")
)


def shell() -> Content:
    """A shell and names of users."""
    return {
        "/bin/busybox": debian.find("busybox", debian.JUPYTER),
        **{f"/{'usr/' if name == 'env' else ''}bin/{name}": Link("/bin/busybox") for name in _SHELL},
        "/lib64/ld-linux-x86-64.so.2": debian.inside(root(), root() / debian.LOADER),
        "/etc/passwd": _PASSWD,
        "/etc/group": "root:x:0:\nusers:x:100:\n",
        "/etc/nsswitch.conf": "hosts: files dns\n",
        **{path: None for path in ("/tmp", "/root", "/run", "/srv")},
    }


def root() -> Path:
    """The unpacked packages."""
    return debian.unpacked(debian.JUPYTER)


def libraries(*programs: Path, own: Path | None = None) -> Content:
    """What the programs need, but for what they bring along in the folder `own`."""
    found = debian.libraries(*programs, packages=debian.JUPYTER, own=own)
    return {f"/{debian.LIBRARIES}/{name}": path for name, path in found.items()}
