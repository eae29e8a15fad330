"""The k3s stand-in: one binary with its payload (containerd, runc, CNI plugins, kine, images) behind it."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from building import archive, cache, debian, golang

HERE = Path(__file__).parent.parent
FROM_DEBIAN = (
    "containerd",
    "containerd-shim-runc-v2",
    "ctr",
    "runc",
    "bridge",
    "host-local",
    "loopback",
    "portmap",
)
PAUSE = "docker.io/testbed/pause:3.10"
COREDNS = "docker.io/testbed/coredns:1.14.6"
# The host has these: one C library, one loader. Only what a minimal Debian may lack is brought along.
_HOST_LIBRARIES = ("libc.so.6",)


def k3s() -> Path:
    """The stand-in, ready to be installed as /usr/local/bin/k3s."""
    binary = golang.program("k3s-bare", HERE / "k3s", golang.KUBERNETES_FLAGS)
    parts = payload()
    digest = cache.key(
        binary.name, *(f"{name} {path.parent.name} {path.name}" for name, path in parts.items())
    )

    def build(target: Path) -> None:
        shutil.copyfile(binary, target)
        # Stored, not compressed: under emulation, inflating costs more than the bytes do.
        with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as zipped:
            for name, path in sorted(parts.items()):
                entry = zipfile.ZipInfo(name)
                entry.external_attr = (0o100755 if name.startswith(("bin/", "lib/")) else 0o100644) << 16
                with path.open("rb") as source, zipped.open(entry, "w") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
        target.chmod(0o755)

    return cache.made("k3s", digest, build)


def payload() -> dict[str, Path]:
    """What the binary unpacks: path under data/HASH to file."""
    programs = {f"bin/{name}": debian.find(name) for name in FROM_DEBIAN}
    needed = debian.libraries(*programs.values())
    return {
        **programs,
        **{f"lib/{name}": path for name, path in needed.items() if name not in _HOST_LIBRARIES},
        "bin/kine": golang.program("kine", HERE / "kine"),
        "images/pause.tar": static_image(PAUSE, "pause"),
        "images/coredns.tar": static_image(COREDNS, "coredns"),
    }


def static_image(name: str, folder: str) -> Path:
    """An image with nothing but the static program of tests/testbed/images/FOLDER."""
    program = golang.program(folder, HERE / "images" / folder)
    image = archive.Image(name, {f"/{folder}": program, "/tmp": None}, (f"/{folder}",))  # noqa: S108
    return cache.made(
        f"image-{folder}",
        cache.key(program.name, name, HERE / "building/archive.py"),
        lambda to: archive.write(image, to),
    )
