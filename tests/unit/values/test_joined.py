"""Volumes and mounts in release.extra_values: added, and ours stay."""

from typing import Any

import pytest

from binder_singlenode.values.helm_values import helm_values
from binder_singlenode.values.options.joined import JOINED

from .test_trust import ROOTS
from .values_bed import host, release, sized


def rendered(extra: dict[str, Any]) -> dict[str, Any]:
    sections = {"images": {"store": "shared"}, "proxy": {"http": "http://192.0.2.1:3128"}}
    subject = host(**sections, release={"extra_values": extra})
    return helm_values(subject, sized(subject), release(), roots=ROOTS)


def at(values: Any, path: str) -> Any:
    for name in path.split("."):
        values = values[name]
    return values


def nested(path: str, value: Any) -> dict[str, Any]:
    for name in reversed(path.split(".")):
        value = {name: value}
    return dict(value)


def item(path: str) -> Any:
    if path.endswith("_args"):
        return "--Repo2Docker.cache_from=x"
    if path.endswith("Mounts"):
        return {"name": "mine", "mountPath": "/mine"}
    return {"name": "mine", "emptyDir": {}}


@pytest.mark.parametrize("path", JOINED)
def test_ours_stay_and_theirs_are_added(path: str) -> None:
    ours = at(rendered({}), path)
    assert ours and at(rendered(nested(path, [item(path)])), path) == [*ours, item(path)]
    assert at(rendered(nested(path, [])), path) == ours


@pytest.mark.parametrize("path", JOINED)
def test_the_same_again_takes_the_place_of_ours(path: str) -> None:
    *first, last = at(rendered({}), path)
    mine = {**last, "more": 1} if isinstance(last, dict) else last
    assert at(rendered(nested(path, [mine])), path) == [*first, mine]


def test_other_lists_are_replaced() -> None:
    extra = nested("jupyterhub.singleuser.networkPolicy.egress", [])
    assert at(rendered(extra), "jupyterhub.singleuser.networkPolicy.egress") == []


def test_what_is_no_list_is_left_to_the_check_of_the_charts() -> None:
    extra = nested("jupyterhub.hub.extraVolumes", None)
    assert at(rendered(extra), "jupyterhub.hub.extraVolumes") is None
