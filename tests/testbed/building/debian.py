"""Programs out of Debian packages, unpacked and never installed."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

from building import cache
from building.programs import BuildError, run

SUITE = "trixie"
PACKAGES = (
    *("containerd", "runc", "containernetworking-plugins", "ipset"),  # the k3s stand-in
    *("docker.io", "iptables", "busybox-static"),  # the dind image
    "caddy",  # the entry
    "zstd",  # for packing all of it
)
JUPYTER = ("python3.13", "nodejs", "git", "docker-cli", "docker-buildx", "busybox-static")
"""Under what JupyterHub, its proxy, sessions and repo2docker run (jupyter.py)."""
_FOLDERS = (
    "usr/sbin",
    "usr/bin",
    "usr/lib/cni",
    "usr/libexec/docker",
    "usr/libexec/docker/cli-plugins",
    "sbin",
    "bin",
)
LIBRARIES = "usr/lib/x86_64-linux-gnu"
LOADER = "usr/lib64/ld-linux-x86-64.so.2"


def unpacked(packages: tuple[str, ...] = PACKAGES) -> Path:
    """A folder with the packages and all that they need, from Debian's mirror."""

    def build(target: Path) -> None:
        mode = "root" if os.geteuid() == 0 else "unshare"
        archive = target.parent / "packages.tar"
        include = ",".join(packages)
        run(["mmdebstrap", f"--mode={mode}", "--variant=extract", f"--include={include}", SUITE, archive])
        target.mkdir()
        run(["tar", "-xf", archive, "--exclude=./dev", "--no-same-owner", "-C", target])

    name = "debian" if packages is PACKAGES else "debian-jupyter"
    return cache.made(name, cache.key(SUITE, *packages), build)


def find(name: str, packages: tuple[str, ...] = PACKAGES) -> Path:
    """A program of the packages, links followed. Raises BuildError when no package brings it."""
    root = unpacked(packages)
    for folder in _FOLDERS:
        path = root / folder / name
        if path.is_symlink() or path.exists():
            return inside(root, path)
    raise BuildError(f"no package of {', '.join(packages)} brings {name}")


def inside(root: Path, path: Path) -> Path:
    """Follows links as they are meant inside `root`."""
    for _ in range(10):
        if not path.is_symlink():
            return path
        target = path.readlink()
        path = root / target.relative_to("/") if target.is_absolute() else path.parent / target
    raise BuildError(f"{path}: links in a circle")


def libraries(
    *programs: Path, packages: tuple[str, ...] = PACKAGES, own: Path | None = None
) -> dict[str, Path]:
    """The shared libraries that the programs need: file name to file. The loader itself is not among them,
    nor are those that the programs bring along, in the folder `own`."""
    root = unpacked(packages)
    loader = inside(root, root / LOADER)
    found: dict[str, Path] = {}
    for program in programs:
        listing = run([loader, "--library-path", root / LIBRARIES, "--list", program]).decode()
        for name, path in re.findall(r"^\s*([^\s/]+) => (\S+)", listing, re.MULTILINE):
            if own is not None and path.startswith(str(own)):
                continue
            if not path.startswith(str(root)):
                raise BuildError(f"{program.name} needs {name}, which the packages do not bring ({path})")
            found[name] = inside(root, Path(path))
    return found


def loader() -> Path:
    """The dynamic loader."""
    return inside(unpacked(), unpacked() / LOADER)


def version(package: str) -> str:
    """The upstream version of an unpacked package, such as 2.6.2, from its changelog's first line."""
    changelogs = sorted((unpacked() / "usr/share/doc" / package).glob("changelog*.gz"))
    for path in changelogs:
        with gzip.open(path, "rt", errors="replace") as text:
            match = re.match(r"\S+ \((?:\d+:)?(\d+(?:\.\d+)*)", text.readline())
        if match:
            return match[1]
    raise BuildError(f"{package}: no changelog with a version among {changelogs}")


def compress(source: Path, target: Path) -> None:
    """Compress a file with zstd. Under emulation a byte saved on the way is worth ten unpacked."""
    loader_path = loader()
    run(
        [
            loader_path,
            "--library-path",
            unpacked() / LIBRARIES,
            find("zstd"),
            "-q",
            "-9",
            "-T0",
            source,
            "-o",
            target,
        ]
    )
