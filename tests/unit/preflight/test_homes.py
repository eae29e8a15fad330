"""The preflight on homes that are there already: one test per message."""

from typing import Any

import pytest

from binder_singlenode.base.units import GIB
from binder_singlenode.config import Host
from binder_singlenode.preflight import facts
from binder_singlenode.preflight.rules.storage import homes

SIGN_IN = {"provider": "github", "client_id": "a", "client_secret": "env:A", "allowed": {"users": ["a"]}}
TWO = f"home\t{5 * GIB}\nhome\t{6 * GIB}\n"


def judged(text: str, **sections: Any) -> list[str]:
    host = Host.model_validate({"address": "192.0.2.7", **sections})
    found = homes.homes(facts.parse(text, 0), host)
    return [f"{'' if each.fatal else 'warning: '}{each.where}: {each.what}; {each.remedy}" for each in found]


def persistent(text: str, **home: Any) -> list[str]:
    return judged(text, mode="persistent", sign_in=SIGN_IN, home=home)


@pytest.mark.parametrize("home", [{"users": 2, "size": "5Gi"}, {"users": 3, "size": "6Gi"}])
def test_as_many_and_as_large_or_more_is_fine(home: dict[str, Any]) -> None:
    assert persistent(TWO, **home) == []
    assert judged("") == []


def test_fewer() -> None:
    assert persistent(TWO, users=1) == [
        "home.users: 2 homes are there, and the host file asks for 1: none is taken away; "
        "write users: 2, or more"
    ]


def test_smaller() -> None:
    assert persistent(TWO, size="4Gi") == [
        "home.size: the homes have 5 GiB, and the host file asks for 4 GiB: they do not shrink; "
        f'write size: "{5 * GIB}", or more'
    ]


def test_none_any_more() -> None:
    assert judged(TWO) == [
        "warning: mode: 2 homes of an earlier mode persistent are kept; users cannot reach them; "
        "write mode: persistent to use them again; only down, without --keep-data, deletes them"
    ]
