"""CONTRIBUTING.md tells of the house as it is."""

import re
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
sys.path.insert(0, str(TOP / "tests"))
import house_map  # noqa: E402

PAGE = (TOP / "CONTRIBUTING.md").read_text()
PLACES = ("src", "deploy", "templates", "tests", "docs", "inventories", "bench")
NAMED = sorted(
    {path for path in re.findall(r"`([\w./-]+)`", PAGE) if path.split("/")[0] in PLACES and "/" in path}
)


def test_the_map_is_fresh() -> None:
    assert house_map.fresh(PAGE) == PAGE, "run: python tests/house_map.py CONTRIBUTING.md"


def test_each_package_says_what_it_is() -> None:
    assert [
        name for _, name, says in house_map.packages(house_map.SOURCES, 0) if not says.endswith(".")
    ] == []


@pytest.mark.parametrize("path", NAMED)
def test_what_a_recipe_names_exists(path: str) -> None:
    assert (TOP / path).exists()
