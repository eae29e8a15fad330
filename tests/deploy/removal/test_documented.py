"""docs/what-it-does-to-your-vm.md tells all that is placed, and `down` removes all that it tells."""

import re
from pathlib import Path

import pytest

from binder_singlenode.deploy import documentation, steps
from binder_singlenode.deploy.removal import inventory
from binder_singlenode.deploy.step import Place
from binder_singlenode.layout import paths, system

NAME = "what-it-does-to-your-vm.md"
PAGE = (Path(__file__).parents[3] / "docs" / NAME).read_text()
PLACED, _, REST = PAGE.partition("## What changes in the kernel")
ROWS = re.findall(r"^\|.*?`(/[^`]+)` \|", PLACED, re.MULTILINE)


def covered(path: str, by: list[str]) -> bool:
    """Whether one of the folders holds the path, or is it."""
    return any(path == folder or path.startswith(f"{folder}/") for folder in by)


def test_the_tables_are_fresh() -> None:
    assert documentation.fresh(PAGE) == PAGE, f"run: python -m {documentation.__name__} docs/{NAME}"


@pytest.mark.parametrize(
    "place", steps.places("file", "binary", "written", "many"), ids=lambda place: place.path
)
def test_what_is_placed_is_documented(place: Place) -> None:
    assert place.path in ROWS


@pytest.mark.parametrize("path", ROWS)
def test_what_is_documented_is_removed(path: str) -> None:
    assert covered(path, inventory.removed_paths(keep_data=False))


@pytest.mark.parametrize("path", inventory.removed_paths(keep_data=False))
def test_what_is_removed_is_documented(path: str) -> None:
    assert covered(path, ROWS) or any(covered(row, [path]) for row in ROWS), "removed, but not on the page"


def test_what_is_kept_is_documented_and_not_removed() -> None:
    for path in inventory.kept_paths():
        assert f"`{path}`" in REST
        assert not covered(path, inventory.removed_paths(keep_data=True))


def test_services_links_packages_and_settings_are_documented() -> None:
    for name in (
        *steps.units(),
        *inventory.links(),
        *system.PACKAGES,
        *system.HOME_PACKAGES,
        *system.KERNEL_MODULES,
        paths.ENTRY_USER,
    ):
        assert f"`{name}`" in PAGE
    for key, value in system.SYSCTLS.items():
        assert f"| `{key}` | {value} |" in PAGE
    assert f"`inet {paths.FIREWALL_TABLE}`" in PAGE


def test_keeping_data_removes_no_more_than_removing_all() -> None:
    everything = inventory.removed_paths(keep_data=False)
    assert all(covered(path, everything) for path in inventory.removed_paths(keep_data=True))
