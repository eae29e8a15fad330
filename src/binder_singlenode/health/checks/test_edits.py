"""What somebody has changed by hand: objects in the cluster, and units of the host."""

from typing import Any

import pytest

from binder_singlenode.base import sections
from binder_singlenode.deploy.facts import parse, survey
from binder_singlenode.deploy.facts.parse import ClusterSeen
from binder_singlenode.health.checks.remote import output
from binder_singlenode.layout import drop_ins

UP = "run `binder-singlenode up`, which takes it back"


def _lines(host: Any, section: str) -> list[str]:
    told = output(host, f"({survey.script([section])})")
    return sections.split(told.splitlines()).get(section, [])


@pytest.fixture(scope="module")
def seen(host: Any) -> ClusterSeen:
    """What the API and containerd say. Asked once: it is the slowest query of all."""
    return parse.cluster(_lines(host, "cluster"))


def test_objects(seen: ClusterSeen) -> None:
    """Objects in the cluster are as `up` has applied them."""
    assert seen.answered, "the API does not answer"
    assert seen.applied, "`up` has not recorded any object: run `binder-singlenode up`"
    assert not seen.edited, f"{'; '.join(map(str, seen.edited))}: {UP}"


def test_images(seen: ClusterSeen) -> None:
    """Images of the bundle are all there."""
    missing = seen.missing_images
    assert not missing, f"deleted: {', '.join(missing)}: run `binder-singlenode up`, which imports them again"


def test_unit_overrides(host: Any) -> None:
    """Units do what their files say."""
    found = [each for each in drop_ins.parse(_lines(host, "drop_ins")) if each.decisive]
    assert not found, f"{'; '.join(map(str, found))}: {UP} and keeps the file under another name"
