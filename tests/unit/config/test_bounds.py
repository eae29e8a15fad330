"""Sizes, times and numbers that no machine can use are refused on loading, with their place."""

import re

import jsonschema
import pytest

from binder_singlenode import config
from binder_singlenode.config import HostFileError

TOO_SMALL = {
    "sessions": {
        "memory_guarantee": ["0G", "0.000001K", "1K", "0.0T", "63M"],
        "memory_limit": ["0M", "1M"],
        "cpu_limit": ["0.001"],
    },
    "builds": {"memory_limit": ["0G", "1k", "100Mi"]},
    "node": {"reserved_memory": ["0Gi", "1M"]},
}
TOO_LARGE = {
    "sessions": {
        "memory_guarantee": ["999999999T"],
        "idle_timeout": ["999999999d"],
        "quota": ["1" + 22 * "0"],
    },
    "builds": {"memory_limit": ["999999999Ti"]},
    "node": {"reserved_memory": ["2000000G"]},
}


def lines(kind: dict[str, dict[str, list[str]]]) -> list[tuple[str, str, str]]:
    return [
        (section, key, value)
        for section, keys in kind.items()
        for key, values in keys.items()
        for value in values
    ]


@pytest.mark.parametrize(("section", "key", "value"), [*lines(TOO_SMALL), *lines(TOO_LARGE)])
def test_what_no_machine_can_use_is_refused_with_its_place(section: str, key: str, value: str) -> None:
    with pytest.raises(HostFileError) as caught:
        config.loads(f"address: a.b\n{section}:\n  {key}: {value}\n", "h.yaml")
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"h.yaml:3:{len(key) + 5}: {section}.{key}: ")
    assert re.search(r"at least|at most|too small", first), "it says what is allowed"


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("sessions", "memory_guarantee", "0G"),
        ("sessions", "idle_timeout", ""),
        ("sessions", "idle_timeout", "0m"),
        ("builds", "memory_limit", "0.0Gi"),
        ("home", "size", "0Gi"),
    ],
)
def test_editors_see_it_too(section: str, key: str, value: str) -> None:
    schema = config.json_schema()
    jsonschema.validate({"address": "a.b", section: {}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"address": "a.b", section: {key: value}}, schema)


def test_the_smallest_that_is_accepted() -> None:
    host = config.loads(
        "address: a.b\nsessions: {memory_guarantee: 64M, memory_limit: 64M, cpu_limit: 0.01}\n"
        "builds: {memory_limit: 128Mi}\nnode: {reserved_memory: 256Mi}\n",
        "h.yaml",
    )
    assert host.sessions.memory_guarantee_bytes == 64 * 1024**2
