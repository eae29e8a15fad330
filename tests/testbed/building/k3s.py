"""The k3s stand-in: one binary with its payload (containerd, runc, CNI plugins, kine, images) behind it."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
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
    "ipset",  # of network policies; k3s brings its own as well
)
PAUSE = "docker.io/testbed/pause:3.10"
COREDNS = "docker.io/testbed/coredns:1.14.6"
# The host has these: one C library, one loader. Only what a minimal Debian may lack is brought along.
_HOST_LIBRARIES = ("libc.so.6",)
_MAGIC = b"K3SSTAND"  # the last bytes of the file: wrapper/unpack.go


def k3s() -> Path:
    """The stand-in, ready to be installed as /usr/local/bin/k3s."""
    flags = f"-s -w -X main.version={golang.KUBERNETES}+k3s-standin"
    wrapper = golang.program("k3s-wrapper", HERE / "wrapper", flags)
    parts = payload()
    names = (f"{name} {path.parent.name} {path.name}" for name, path in sorted(parts.items()))
    digest = cache.key(wrapper.name, Path(__file__), *names)

    def build(target: Path) -> None:
        packed = target.with_name("payload.tar.zst")
        _pack(parts, packed)
        with packed.open("rb") as stream:
            name = hashlib.file_digest(stream, "sha256").hexdigest().encode()
        with target.open("wb") as out:
            for source in (wrapper, packed):
                with source.open("rb") as stream:
                    shutil.copyfileobj(stream, out, 1 << 20)
            out.write(name + packed.stat().st_size.to_bytes(8, "big") + _MAGIC)
        target.chmod(0o755)

    return cache.made("k3s", digest, build)


def _pack(parts: dict[str, Path], target: Path) -> None:
    """The payload: a tar of the parts, compressed."""
    plain = target.with_suffix("")
    with tarfile.open(plain, "w", format=tarfile.GNU_FORMAT) as archive:
        for name, path in sorted(parts.items()):
            entry = tarfile.TarInfo(name)
            entry.size = path.stat().st_size
            entry.mode = 0o755 if name.startswith(("bin/", "lib/")) else 0o644
            with path.open("rb") as stream:
                archive.addfile(entry, stream)
    debian.compress(plain, target)


def payload() -> dict[str, Path]:
    """What the binary unpacks: path under data/HASH to file."""
    programs = {f"bin/{name}": debian.find(name) for name in FROM_DEBIAN}
    needed = debian.libraries(*programs.values())
    return {
        **programs,
        "bin/k3s-server": golang.program("k3s-server", HERE / "k3s", golang.KUBERNETES_FLAGS),
        **{f"lib/{name}": path for name, path in needed.items() if name not in _HOST_LIBRARIES},
        "bin/kine": golang.program("kine", HERE / "kine"),
        "images/pause.tar": static_image(PAUSE, "pause"),
        "images/coredns.tar": static_image(COREDNS, "coredns"),
    }


def static_image(name: str, folder: str) -> Path:
    """An image with nothing but the static program of tests/testbed/images/FOLDER."""
    program = golang.program(folder, HERE / "images" / folder)
    image = archive.Image(name, {f"/{folder}": program, "/tmp": None}, (f"/{folder}",))
    return cache.made(
        f"image-{folder}",
        cache.key(program.name, name, HERE / "building/archive.py"),
        lambda to: archive.write(to, image),
    )
