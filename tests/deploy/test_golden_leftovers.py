"""What is done about leftovers, to the letter: after a switch of images.store, and by `down`."""

from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.removal import down
from binder_singlenode.deploy.steps.unused_store import store

from .conftest import HOST_FILE, finished
from .golden_file import agrees
from .removal.test_down import EVERYTHING

STORES = ("registry", "shared")


@pytest.mark.parametrize(("before", "after"), [STORES, STORES[::-1]])
def test_the_other_store_goes(before: str, after: str, play: Any, make: Any, tmp_path: Path) -> None:
    contexts = {name: make(tmp_path, f"{HOST_FILE}images: {{store: {name}}}\n") for name in STORES}
    assert play(store, contexts[after], finished(contexts[after])).changed == []
    walk = play(store, contexts[after], finished(contexts[before]))
    assert agrees(f"store-to-{after}.txt", walk.text())


@pytest.mark.parametrize("name", STORES)
def test_a_bare_host_has_no_other_store(name: str, play: Any, make: Any, tmp_path: Path) -> None:
    assert play(store, make(tmp_path, f"{HOST_FILE}images: {{store: {name}}}\n"), {}).changed == []


@pytest.mark.parametrize(("keep_data", "file"), [(False, "down.txt"), (True, "down-keep-data.txt")])
def test_everything_is_removed(keep_data: bool, file: str, context: Context, play: Any) -> None:
    walk = play(lambda context: down.down(keep_data), context, EVERYTHING)
    assert agrees(file, walk.text())
