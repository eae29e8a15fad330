"""The images of JupyterHub, its proxy, sessions and repo2docker: the real ones (images/jupyter/README.md).

Four images in one archive. Three lie on the layer with Python: sessions on that, hub and repo2docker each on
the sessions' image, whose packages they share.
"""

from __future__ import annotations

from pathlib import Path

from building import archive, cache, debian, node, oci, python, repo2docker, system
from building.archive import Image, Link
from building.system import Content

HERE = Path(__file__).parent.parent / "images/jupyter"
SESSION = "docker.io/testbed/session:1"
VERSION = "5.3.0"
HUB = f"docker.io/testbed/jupyterhub:{VERSION}"

_HOME = "/home/jovyan"
# What JupyterHub's pages ask for; the rest of its components are sources of theirs.
_COMPONENTS = (
    "bootstrap/dist/js/bootstrap.bundle.min.js",
    "jquery/dist/jquery.min.js",
    "moment/moment.js",
    "requirejs/require.js",
)


def images() -> Path:
    """All four, for the cluster's image folder."""
    modules = (archive, node, oci, python, repo2docker, system)
    made_of = (HERE, Path(__file__), *(Path(str(each.__file__)) for each in modules))

    def build(target: Path) -> None:
        below = session()
        archive.write(target, node.proxy(), below, hub(below), repo2docker.repo2docker(below))

    return cache.made("image-jupyter", cache.key(system.root().name, *made_of), build)


def _python() -> Image:
    """The lowest layer: Python, compiled."""
    program = debian.find(f"python{python.VERSION}", debian.JUPYTER)
    library = python.standard_library()
    names = {f"/usr/bin/{name}": Link(f"python{python.VERSION}") for name in ("python3", "python")}
    return Image(
        "docker.io/testbed/python:3.13",
        {
            **system.shell(),
            f"/usr/bin/python{python.VERSION}": program,
            **names,
            **dict(python.tree(library, f"/usr/lib/python{python.VERSION}")),
            **system.libraries(program, *python.extensions(library)),
        },
        (),
    )


def _site(folder: Path, place: str = python.SITE) -> Content:
    """Wheels with the libraries that they need; what they share with others goes to /usr/share."""
    files = dict(python.tree(folder, place))
    shared = {path: file for path, file in files.items() if path.startswith(f"{place}/share/")}
    moved = {f"/usr{path.removeprefix(place)}": file for path, file in shared.items()}
    kept = {path: file for path, file in files.items() if path not in shared}
    return {**kept, **moved, **system.libraries(*python.extensions(folder), own=folder)}


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


def hub_packages() -> Path:
    """What the hub needs beside a session's packages."""
    return python.wheels("hub", HERE / "hub.lock")


def hub(below: Image) -> Image:
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
            **_site(hub_packages()),
            **pages,
            **dict(python.tree(HERE / "hub", "/usr/local/etc/jupyterhub")),
            "/usr/local/bin/jupyterhub": _script("jupyterhub.app"),
            "/srv/jupyterhub": None,
        },
        (),
        ("jupyterhub", "--config", "/usr/local/etc/jupyterhub/jupyterhub_config.py"),
        ("PYTHONUNBUFFERED=1", "HOME=/tmp"),
        frozenset({"/usr/local/bin/jupyterhub"}),
        base=below,
        owner={"/srv/jupyterhub": (1000, 1000)},
        user="1000:1000",
        folder="/srv/jupyterhub",
    )
