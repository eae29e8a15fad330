"""The images of JupyterHub, its proxy, sessions and repo2docker: the real ones, at the versions that the pinned
chart carries (images/jupyter/README.md).

Four images in one archive. Three lie on the layer with Python: sessions on that, hub and repo2docker each on
the sessions' image, whose packages they share.
"""

from __future__ import annotations

import re
from pathlib import Path

from building import archive, cache, debian, python
from building.archive import Image, Link
from building.programs import BuildError, run

HERE = Path(__file__).parent.parent / "images/jupyter"
SESSION = "docker.io/testbed/session:1"
VERSION = "5.3.0"
HUB = f"docker.io/testbed/jupyterhub:{VERSION}"
PROXY = "docker.io/testbed/configurable-http-proxy:4.6.3"
REPO2DOCKER = "docker.io/testbed/repo2docker:2026.4.0"

_HOME = "/home/jovyan"
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
# What JupyterHub's pages ask for; the rest of its components are sources of theirs.
_COMPONENTS = (
    "bootstrap/dist/js/bootstrap.bundle.min.js",
    "jquery/dist/jquery.min.js",
    "moment/moment.js",
    "requirejs/require.js",
)
# Modules that Debian's node reads from files, though they are its own.
_NODE_FILES = (
    *("acorn/dist/acorn.js", "acorn-walk/dist/walk.js", "undici/undici-fetch.js"),
    *("cjs-module-lexer/lexer.js", "cjs-module-lexer/dist/lexer.js", "minimatch/dist/cjs/index.bundle.js"),
)
_GIT = ("git-remote-http", "git-submodule", "git-sh-setup", "git-sh-i18n", "git-sh-i18n--envsubst")

Content = dict[str, Path | str | Link | None]


def images() -> Path:
    """All four, for the cluster's image folder."""
    made_of = (HERE, Path(__file__), Path(archive.__file__), Path(python.__file__))
    digest = cache.key(debian.unpacked(debian.JUPYTER).name, *made_of)
    return cache.made(
        "image-jupyter", digest, lambda to: archive.write(to, proxy(), session(), hub(), repo2docker())
    )


def _system() -> Content:
    """A shell and names of users."""
    return {
        "/bin/busybox": debian.find("busybox", debian.JUPYTER),
        **{f"/{'usr/' if name == 'env' else ''}bin/{name}": Link("/bin/busybox") for name in _SHELL},
        "/lib64/ld-linux-x86-64.so.2": debian.inside(_root(), _root() / debian.LOADER),
        "/etc/passwd": _PASSWD,
        "/etc/group": "root:x:0:\nusers:x:100:\n",
        "/etc/nsswitch.conf": "hosts: files dns\n",
        **{path: None for path in ("/tmp", "/root", "/run", "/srv")},
    }


def _root() -> Path:
    return debian.unpacked(debian.JUPYTER)


def _libraries(*programs: Path, own: Path | None = None) -> Content:
    found = debian.libraries(*programs, packages=debian.JUPYTER, own=own)
    return {f"/{debian.LIBRARIES}/{name}": path for name, path in found.items()}


def _python() -> Image:
    """The lowest layer: Python, compiled."""
    program = debian.find(f"python{python.VERSION}", debian.JUPYTER)
    library = python.standard_library()
    names = {f"/usr/bin/{name}": Link(f"python{python.VERSION}") for name in ("python3", "python")}
    return Image(
        "docker.io/testbed/python:3.13",
        {
            **_system(),
            f"/usr/bin/python{python.VERSION}": program,
            **names,
            **dict(python.tree(library, f"/usr/lib/python{python.VERSION}")),
            **_libraries(program, *python.extensions(library)),
        },
        (),
    )


def _site(folder: Path, place: str = python.SITE) -> Content:
    """Wheels with the libraries that they need; what they share with others goes to /usr/share."""
    files = dict(python.tree(folder, place))
    shared = {path: file for path, file in files.items() if path.startswith(f"{place}/share/")}
    moved = {f"/usr{path.removeprefix(place)}": file for path, file in shared.items()}
    kept = {path: file for path, file in files.items() if path not in shared}
    return {**kept, **moved, **_libraries(*python.extensions(folder), own=folder)}


def session_packages() -> Path:
    """Jupyter Server with its kernel, and JupyterHub's half of a session."""
    return python.wheels("session", HERE / "session.lock")


def session() -> Image:
    """What test repositories build FROM: Jupyter Server, without the pages of JupyterLab."""
    site = _site(session_packages())
    content = {path: file for path, file in site.items() if not path.startswith("/usr/share/jupyterhub")}
    pages = dict(python.tree(HERE / "session/testbed_pages", f"{python.SITE}/testbed_pages"))
    enabled = '{"ServerApp": {"jpserver_extensions": {"testbed_pages": true}}}\n'
    starts = {"jupyter-lab": "jupyter_server.serverapp", "jupyterhub-singleuser": "jupyterhub.singleuser"}
    scripts = {f"/usr/local/bin/{name}": _script(module) for name, module in starts.items()}
    content |= {**pages, **scripts, "/usr/local/etc/jupyter/jupyter_server_config.d/testbed.json": enabled}
    return Image(
        SESSION,
        content | {_HOME: None},
        (),
        ("jupyter-lab",),
        (f"HOME={_HOME}",),
        frozenset(scripts),
        base=_python(),
        owner={_HOME: (1000, 100)},
        user="1000:100",
        folder=_HOME,
    )


def _script(module: str) -> str:
    return f"#!/usr/bin/python3\nimport sys\n\nfrom {module} import main\n\nsys.exit(main())\n"


def hub() -> Image:
    """JupyterHub with KubeSpawner, oauthenticator and the idle culler, and its configuration."""
    components = "/usr/share/jupyterhub/static/components/"
    pages = {
        path: file
        for path, file in _site(session_packages()).items()
        if path.startswith("/usr/share/jupyterhub")
        and (not path.startswith(components) or path.removeprefix(components) in _COMPONENTS)
    }
    return Image(
        HUB,
        {
            **_site(python.wheels("hub", HERE / "hub.lock")),
            **pages,
            **dict(python.tree(HERE / "hub", "/usr/local/etc/jupyterhub")),
            "/usr/local/bin/jupyterhub": _script("jupyterhub.app"),
            "/srv/jupyterhub": None,
        },
        (),
        ("jupyterhub", "--config", "/usr/local/etc/jupyterhub/jupyterhub_config.py"),
        ("PYTHONUNBUFFERED=1", "HOME=/tmp"),
        frozenset({"/usr/local/bin/jupyterhub"}),
        base=session(),
        owner={"/srv/jupyterhub": (1000, 1000)},
        user="1000:1000",
        folder="/srv/jupyterhub",
    )


def repo2docker() -> Image:
    """repo2docker with docker's client and git, and a list of what the image below it is made of."""
    below = session()
    core = _root() / "usr/lib/git-core"
    programs = {
        "/usr/bin/docker": "docker",
        "/usr/bin/git": "git",
        "/usr/libexec/docker/cli-plugins/docker-buildx": "docker-buildx",
    }
    content: Content = {path: debian.find(name, debian.JUPYTER) for path, name in programs.items()}
    content |= {f"/usr/lib/git-core/{name}": core / name for name in _GIT}
    content |= {
        **_libraries(*(path for path in content.values() if isinstance(path, Path) and _is_elf(path))),
        **_site(
            python.wheels("repo2docker", HERE / "repo2docker.lock", "/usr/lib/repo2docker"),
            "/usr/lib/repo2docker",
        ),
        "/usr/lib/git-core/git-remote-https": Link("git-remote-http"),
        "/usr/local/bin/jupyter-repo2docker": (HERE / "repo2docker/jupyter-repo2docker").read_text(),
        "/usr/share/testbed/session.files": _files_of(below),
        "/usr/share/testbed/session.settings": _settings_of(below),
    }
    runs = frozenset({"/usr/local/bin/jupyter-repo2docker"})
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
    variables = [f"ENV {each}" for each in (archive.PATH, *image.env)]
    command = ", ".join(f'"{word}"' for word in image.cmd)
    lines = [*variables, f"USER {image.user}", f"WORKDIR {image.folder}", f"CMD [{command}]"]
    return "".join(f"{line}\n" for line in lines)


def proxy() -> Image:
    """configurable-http-proxy, on Debian's node."""
    node = debian.find("node", debian.JUPYTER)
    modules = _modules()
    return Image(
        PROXY,
        {
            **_system(),
            "/usr/bin/node": node,
            **_libraries(node),
            **{f"/usr/share/nodejs/{name}": _root() / "usr/share/nodejs" / name for name in _NODE_FILES},
            **dict(python.tree(modules, "/srv/configurable-http-proxy/node_modules")),
            "/usr/local/bin/configurable-http-proxy": Link(
                "/srv/configurable-http-proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy"
            ),
        },
        (),
        ("configurable-http-proxy",),
        user="65534:65534",
    )


def _modules() -> Path:
    """The proxy's node modules, by its lock file; no script of theirs runs."""
    lock = HERE / "proxy"

    def build(target: Path) -> None:
        folder = target.with_name("npm")
        folder.mkdir()
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_bytes((lock / name).read_bytes())
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
        (folder / "node_modules").rename(target)
        version = re.search(
            r'"version": "([^"]+)"', (target / "configurable-http-proxy/package.json").read_text()
        )
        if version is None or not PROXY.endswith(f":{version[1]}"):
            raise BuildError(f"the lock file has another proxy than {PROXY}")

    return cache.made("node-modules", cache.key(lock), build)
