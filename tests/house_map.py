"""The map of the house in CONTRIBUTING.md: one line a package, from the packages' docstrings.

python tests/house_map.py CONTRIBUTING.md
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).parents[1]
SOURCES = TOP / "src" / "binder_singlenode"
_MAP = re.compile(r"(<!-- map -->\n).*?(<!-- end -->)", re.DOTALL)


def fresh(page: str) -> str:
    """The page with the map as it should be."""
    return _MAP.sub(lambda found: f"{found[1]}\n{lines()}\n{found[2]}", page)


def lines() -> str:
    """Nested as the folders are."""
    return "".join(f"{'  ' * depth}- `{name}/` {says}\n" for depth, name, says in packages(SOURCES, 0))


def packages(folder: Path, depth: int) -> Iterator[tuple[int, str, str]]:
    """Depth, name and first sentence of each package below a folder."""
    for path in sorted(folder.iterdir()):
        if (path / "__init__.py").is_file():
            docstring = ast.get_docstring(ast.parse((path / "__init__.py").read_text())) or ""
            yield depth, path.name, docstring.partition("\n")[0]
            yield from packages(path, depth + 1)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(fresh(page.read_text()))
