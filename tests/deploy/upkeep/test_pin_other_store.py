"""After a change of images.store nothing of the other one is pinned any more."""

from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.deploy.steps import retention
from binder_singlenode.layout import paths

from .test_pin import IMAGE, Run
from .test_pin import labelled as labelled  # fixtures
from .test_pin import pins as pins
from .test_pin import run as run

OTHERS = "binder.invalid/i-one:abc"


def test_a_pin_of_the_other_store_is_dropped_and_its_label_taken(run: Run, pins: Path, labelled: Any) -> None:
    """With the registry's it is still among the kubelet's images: it must be free to be collected."""
    pins.write_text(f"{OTHERS} 0\n{IMAGE} 0\nbinder.invalid/i-gone:1 0\n")
    assert run().returncode == 0
    assert pins.read_text() == f"{IMAGE} 0\n"
    assert labelled() == {OTHERS: "", IMAGE: "pinned"}


@pytest.mark.parametrize(
    ("store", "other"), [("registry", "binder.invalid/i-"), ("shared", "10.43.0.50:5000/i-")]
)
def test_each_store_knows_the_other(tmp_path: Path, make: Any, store: str, other: str) -> None:
    text = f"address: 192.0.2.7\nimages: {{store: {store}}}\n"
    placed = {file.path: file.content for file in retention.files(make(tmp_path, text))}
    assert f'case $image in "{other}"*)' in placed[paths.PIN]
