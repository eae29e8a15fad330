"""A real registry, and the clean-up of its files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import registry

from .clean_bed import Cleaner
from .registry_bed import Registry, registry_program


@pytest.fixture
def server(context: Context, tmp_path: Path) -> Iterator[Registry]:
    program = registry_program()
    if program is None:
        pytest.skip("no registry here: the test bed is not built, and $BINDER_REGISTRY names none")
    folder = tmp_path / "registry"
    folder.mkdir()
    manifest = registry.manifest(context)
    environment = dict(re.findall(r'name: (REGISTRY_STORAGE_CACHE\w+), value: "?([\w]+)', manifest.content))
    assert environment, "the manifest turns the cache off"
    running = Registry(program, folder, environment)
    yield running
    running.stop()


@pytest.fixture
def clean(context: Context, server: Registry, tmp_path: Path) -> Cleaner:
    return Cleaner(context, server, tmp_path)
