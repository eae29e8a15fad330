"""What a step does agrees with what it declares: the survey, `down` and the documentation go by that."""

import re
from pathlib import Path

import pytest

from binder_singlenode.deploy import steps
from binder_singlenode.deploy.step import Step

from .golden_file import GOLDEN

STEPS = steps.in_order()
LISTED = Path(steps.__file__).parent


def test_each_module_is_in_the_list() -> None:
    modules = {f"{steps.__name__}.{path.stem}" for path in LISTED.glob("*.py")} - {
        f"{steps.__name__}.__init__"
    }
    assert {step.module for step in STEPS} == modules


def test_names_and_places_are_there_once() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS)
    found = [place.path for place in steps.places()]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("step", [step for step in STEPS if step.name != "store"], ids=lambda step: step.name)
def test_what_it_writes_is_declared(step: Step) -> None:
    """By its golden file, which tells what it does on a bare host."""
    declared = {place.path for place in step.places}
    written = re.findall(r"^\S* ?Write (/\S+)", (GOLDEN / f"{step.name}.txt").read_text(), re.MULTILINE)
    assert set(written) <= declared


def test_of_a_folder_mode_and_owner_are_declared() -> None:
    for place in steps.places("folder"):
        assert re.fullmatch(r"[0-7]{3,4}", place.mode)
        assert re.fullmatch(r"[a-z-]+:[a-z-]+", place.owner)
