"""A list in the values replaces another, as with helm: what one of our files has put there, none may lose."""

from collections.abc import Mapping
from typing import Any

import pytest

from binder_singlenode.values import helm_values as values_module

from .values_bed import GITHUB, checked_values

PERSISTENT = {
    "mode": "persistent",
    "home": {"size": "1Gi", "users": 2},
    "sign_in": {**GITHUB, "allowed": {"users": ["a"]}},
}
PROXY = {"proxy": {"http": "http://192.0.2.1:3128"}}


@pytest.mark.parametrize("store", ["registry", "shared"])
@pytest.mark.parametrize("more", [{}, PERSISTENT, PROXY, PERSISTENT | PROXY])
def test_lists_only_grow(store: str, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    original = values_module.merge
    lost: list[tuple[str, Any]] = []

    def watched(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
        merged = original(base, over)
        for key, before in base.items():
            if isinstance(before, list):
                lost.extend((key, item) for item in before if item not in merged[key])
        return merged

    monkeypatch.setattr(values_module, "merge", watched)
    rendered = checked_values(images={"store": store}, **more)
    assert lost == []
    assert {"launch-archive"} <= {each["name"] for each in rendered["extraVolumes"]}
