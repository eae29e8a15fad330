"""The images that the bundle brings: a registry, the docker daemon for builds, and the double's own."""

from __future__ import annotations

from pathlib import Path

from building import archive, cache, debian, golang
from building.archive import Image, Link

HERE = Path(__file__).parent.parent
REGISTRY = "docker.io/library/registry:3.1.2"
DIND = "docker.io/testbed/dind:26.1"
DOUBLE = "docker.io/testbed/binderhub-double:1"
_NAMES = ("binderhub", "docker-image-cleaner")

_DOCKER = ("dockerd", "docker-proxy", "containerd", "containerd-shim-runc-v2", "runc")
_SHELL = (
    "sh",
    "cat",
    "find",
    "ls",
    "mkdir",
    "mount",
    "mountpoint",
    "ps",
    "rm",
    "rmdir",
    "sed",
    "sleep",
    "umount",
)
# iptables' extensions that dockerd's rules use; the rest of the folder is for other people's rules.
_XTABLES = (
    "addrtype",
    "conntrack",
    "MASQUERADE",
    "REJECT",
    "DNAT",
    "SNAT",
    "standard",
    "tcp",
    "udp",
    "comment",
    "mark",
    "MARK",
    "set",
)


def registry() -> Path:
    """The distribution registry, started as the official image is."""
    program = golang.program("registry", HERE / "images/registry")
    config = HERE / "images/registry/config.yml"
    image = Image(
        REGISTRY,
        {
            "/bin/registry": program,
            "/etc/distribution/config.yml": config,
            "/var/lib/registry": None,
            "/tmp": None,
            # The uploads' and the health check's time stamps are UTC; no other file of a system is read.
            "/etc/passwd": "root:x:0:0:root:/:/bin/false\n",
        },
        ("registry",),
        ("serve", "/etc/distribution/config.yml"),
        ("OTEL_TRACES_EXPORTER=none",),
    )
    return _made("image-registry", image, program.name, config)


def dind() -> Path:
    """Docker's daemon out of Debian's packages, with a shell for the chart's init container."""
    programs = {name: debian.find(name) for name in (*_DOCKER, "xtables-nft-multi", "xtables-legacy-multi")}
    xtables = debian.unpacked() / debian.LIBRARIES / "xtables"
    extensions = {path.name: path for name in _XTABLES for path in xtables.glob(f"lib*t_{name}.so")}
    libraries = debian.libraries(*programs.values(), *extensions.values())
    entrypoint = (HERE / "images/dind/entrypoint.sh").read_text()
    content: dict[str, Path | str | Link | None] = {
        **{f"/usr/bin/{name}": path for name, path in programs.items()},
        "/usr/bin/docker-init": debian.find("docker-init"),
        **{f"/usr/bin/{name}": Link("xtables-nft-multi") for name in _names("nft")},
        **{f"/usr/sbin/{name}": Link("../bin/xtables-legacy-multi") for name in _names("legacy")},
        **{f"/{debian.LIBRARIES}/xtables/{name}": path for name, path in extensions.items()},
        **{f"/{debian.LIBRARIES}/{name}": path for name, path in libraries.items()},
        "/lib64/ld-linux-x86-64.so.2": debian.loader(),
        "/bin/busybox": debian.find("busybox"),
        **{f"/bin/{name}": Link("busybox") for name in _SHELL},
        "/usr/local/bin/dockerd-entrypoint.sh": entrypoint,
        "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
        "/etc/group": "root:x:0:\ndocker:x:999:\n",
        "/etc/nsswitch.conf": "hosts: files dns\n",
        **{path: None for path in ("/tmp", "/root", "/run", "/var/lib/docker", "/etc/docker")},
        "/var/run": Link("../run"),
    }
    image = Image(
        DIND,
        content,
        ("/usr/local/bin/dockerd-entrypoint.sh",),
        env=("DOCKER_TLS_CERTDIR=",),
        executable=frozenset({"/usr/local/bin/dockerd-entrypoint.sh"}),
    )
    return _made("image-dind", image, debian.unpacked().name, Path(__file__), entrypoint)


def _names(flavour: str) -> list[str]:
    """iptables' names. Plain `iptables` is the nft one: the host's kube-proxy rules are in that world too."""
    names = [f"{family}{flavour_suffix}{action}"
             for family in ("iptables", "ip6tables")
             for flavour_suffix in ([f"-{flavour}", ""] if flavour == "nft" else [f"-{flavour}"])
             for action in ("", "-save", "-restore")]  # fmt: skip
    return names


def double() -> Path:
    """The BinderHub double: one program, known by several names."""
    program = golang.program("binderhub-double", HERE / "binderhub")
    image = Image(
        DOUBLE,
        {
            "/usr/local/bin/binderhub-double": program,
            **{f"/usr/local/bin/{name}": Link("binderhub-double") for name in _NAMES},
            **{path: None for path in ("/tmp", "/root", "/var/run", "/srv")},
            "/etc/passwd": "root:x:0:0:root:/root:/bin/false\n",
        },
        ("/usr/local/bin/binderhub-double",),
        env=("HOME=/root",),
    )
    return _made("image-binderhub-double", image, program.name)


def _made(name: str, image: Image, *parts: str | Path) -> Path:
    made_of = (*sorted(image.content), *image.entrypoint, *image.cmd, *image.env)
    digest = cache.key(image.name, HERE / "building/archive.py", *made_of, *parts)
    return cache.made(name, digest, lambda target: archive.write(target, image))
