"""configurable-http-proxy: Debian's node, and the packages of npm in a lock file."""

from __future__ import annotations

import re
from pathlib import Path

from building import cache, debian, python, system
from building.archive import Image, Link
from building.programs import BuildError, run

LOCK = Path(__file__).parent.parent / "images/jupyter/proxy"
PROXY = "docker.io/testbed/configurable-http-proxy:4.6.3"

# Modules that Debian's node reads from files, though they are its own.
_NODE_FILES = (
    *("acorn/dist/acorn.js", "acorn-walk/dist/walk.js", "undici/undici-fetch.js"),
    *("cjs-module-lexer/lexer.js", "cjs-module-lexer/dist/lexer.js", "minimatch/dist/cjs/index.bundle.js"),
)


def proxy() -> Image:
    """configurable-http-proxy, on Debian's node."""
    node = debian.find("node", debian.JUPYTER)
    modules = _modules()
    return Image(
        PROXY,
        {
            **system.shell(),
            "/usr/bin/node": node,
            **system.libraries(node),
            **{
                f"/usr/share/nodejs/{name}": system.root() / "usr/share/nodejs" / name for name in _NODE_FILES
            },
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

    def build(target: Path) -> None:
        folder = target.with_name("npm")
        folder.mkdir()
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_bytes((LOCK / name).read_bytes())
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
        (folder / "node_modules").rename(target)
        version = re.search(
            r'"version": "([^"]+)"', (target / "configurable-http-proxy/package.json").read_text()
        )
        if version is None or not PROXY.endswith(f":{version[1]}"):
            raise BuildError(f"the lock file has another proxy than {PROXY}")

    return cache.made("node-modules", cache.key(LOCK), build)
