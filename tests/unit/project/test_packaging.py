"""What people install holds every file that the program reads at run time."""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHARED = ("deploy", "templates", "inventories")


def shared_files() -> set[str]:
    """The files of the top-level folders, as git knows them."""
    command = ["git", "ls-files", *SHARED]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def test_the_wheel_holds_steps_templates_and_inventories(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"binder_singlenode/{name}" for name in shared_files()} <= names
    assert "binder_singlenode/py.typed" in names


def test_the_source_distribution_holds_them_too(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"src/binder_singlenode/{name}" for name in shared_files()} <= names


def test_the_links_of_the_readme_lead_somewhere_in_both(built: Path) -> None:
    links = set(re.findall(r"\]\(((?!https?:|#|mailto:)[^)#]+)", (ROOT / "README.md").read_text()))
    documents = {link for link in links if link.startswith("docs/")}
    assert documents, "there is something to check"
    (sdist,), (wheel,) = built.glob("*.tar.gz"), built.glob("*.whl")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert not {link for link in links if not any(name.startswith(link) for name in inside)}
    names = set(zipfile.ZipFile(wheel).namelist())
    assert all(any(name.startswith(f"binder_singlenode/{link}") for name in names) for link in documents)
