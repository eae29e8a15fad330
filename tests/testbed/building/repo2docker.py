"""repo2docker with docker's client and git, on the image of sessions."""

from __future__ import annotations

from pathlib import Path

from building import archive, debian, oci, python, system
from building.archive import Image, Link
from building.system import Content

HERE = Path(__file__).parent.parent / "images/jupyter"
REPO2DOCKER = "docker.io/testbed/repo2docker:2026.4.0"
_PLACE = "/usr/lib/repo2docker"  # its packages are of other versions than those of a session

_GIT = ("git-remote-http", "git-submodule", "git-sh-setup", "git-sh-i18n", "git-sh-i18n--envsubst")


def repo2docker(below: Image) -> Image:
    """repo2docker with docker's client and git, and a list of what the image below it is made of."""
    core = system.root() / "usr/lib/git-core"
    programs = {
        "/usr/bin/docker": "docker",
        "/usr/bin/git": "git",
        "/usr/libexec/docker/cli-plugins/docker-buildx": "docker-buildx",
    }
    content: Content = {path: debian.find(name, debian.JUPYTER) for path, name in programs.items()}
    content |= {f"/usr/lib/git-core/{name}": core / name for name in _GIT}
    content |= {
        **system.libraries(*(path for path in content.values() if isinstance(path, Path) and _is_elf(path))),
        **dict(python.tree(python.wheels("repo2docker", HERE / "repo2docker.lock", _PLACE), _PLACE)),
        "/usr/lib/git-core/git-remote-https": Link("git-remote-http"),
        "/usr/local/bin/jupyter-repo2docker": (HERE / "repo2docker/jupyter-repo2docker").read_text(),
        # repo2docker asks Mercurial before it asks git. No server of the test bed speaks it.
        "/usr/local/bin/hg": "#!/bin/sh\nexit 255\n",
        "/usr/share/testbed/session.files": _files_of(below),
        "/usr/share/testbed/session.settings": _settings_of(below),
    }
    runs = frozenset({"/usr/local/bin/jupyter-repo2docker", "/usr/local/bin/hg"})
    return Image(
        REPO2DOCKER, content, (), ("jupyter-repo2docker",), ("HOME=/root",), runs, base=below, user="0:0"
    )


def _is_elf(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def _files_of(image: Image) -> str:
    paths = {path for each in image.stack for path in archive.with_folders(each.content)}
    return "".join(f"{path}\n" for path in sorted(paths))


def _settings_of(image: Image) -> str:
    """As lines of a Dockerfile."""
    variables = [f"ENV {each}" for each in (oci.PATH, *image.env)]
    command = ", ".join(f'"{word}"' for word in image.cmd)
    lines = [*variables, f"USER {image.user}", f"WORKDIR {image.folder}", f"CMD [{command}]"]
    return "".join(f"{line}\n" for line in lines)
