"""Generate the tables of docs/what-it-does-to-your-vm.md from the declarations of the steps.

usage: python -m binder_singlenode.deploy.documentation docs/what-it-does-to-your-vm.md
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from binder_singlenode.deploy import steps

_TABLE = re.compile(r"(<!-- table (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fresh(page: str) -> str:
    """The page with updated tables. A table lies between `<!-- table NAME -->` and `<!-- end -->`."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{TABLES[found['name']]()}\n{found[3]}", page)


def placed() -> str:
    """Table of the paths that the steps themselves place."""
    rows = [
        (step.name, f"`{place.path}`", place.what)
        for step in steps.in_order()
        for place in step.places
        if place.what and place.kind != "grown"
    ]
    return _table(("step", "path", "what"), rows)


def grown() -> str:
    """Table of the paths that programs started by the steps create."""
    rows = [(f"`{place.path}`", place.what) for place in steps.places("grown") if place.what]
    return _table(("path", "what"), rows)


TABLES = {"placed": placed, "grown": grown}


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(fresh(page.read_text()))
