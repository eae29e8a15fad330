"""The keys of the two charts, which helm checks only on the host: names, and the types of their values.

Keys and types are those of the charts' schemas, in short (binder_keys.py, hub_keys.py). Behind each key is a
code: b true or false, i whole number, n number, s text, l list, m mapping, 0 null, * anything,
=A|B one of these. A section without a line of its own is open: the charts pass it on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from binder_singlenode.base.masking import names_secret
from binder_singlenode.values.options import binder_keys, hub_keys
from binder_singlenode.values.options.lists import network
from binder_singlenode.values.options.names import meant
from binder_singlenode.values.options.types import Check, build_resources, number_or_null, size, whole

Keys = Mapping[str, Mapping[str, str]]

HUB = "jupyterhub"
_IGNORED = {
    "networkPolicy": "the rules for sessions are in jupyterhub.singleuser.networkPolicy",
    "hpa": "there is one BinderHub pod",
    "pink": "builds use dind here",
}
"""Keys that the schema of the binderhub chart tolerates, and no template reads."""
_VALUES: dict[str, Check] = {
    "jupyterhub.singleuser.memory.limit": size,
    "jupyterhub.singleuser.memory.guarantee": size,
    "jupyterhub.singleuser.cpu.limit": number_or_null,
    "jupyterhub.singleuser.cpu.guarantee": number_or_null,
    "jupyterhub.cull.every": whole(1),
    "jupyterhub.cull.timeout": whole(1),
    "jupyterhub.cull.maxAge": whole(0),
    "jupyterhub.cull.concurrency": whole(1),
}
"""Values that pass the schema and that a program refuses later."""
_TYPES = {
    "b": (bool, "true or false"),
    "i": (int, "a whole number"),
    "n": ((int, float), "a number"),
    "s": (str, "a text"),
    "l": (list, "a list"),
    "m": (Mapping, "a mapping"),
}


def problems_in_charts(values: Mapping[str, Any]) -> Iterator[str]:
    """One line for each key that a chart does not know or ignores, and for each value that it refuses."""
    for key, why in _IGNORED.items():
        if key in values and not (key == "pink" and values.get("imageBuilderType") == "pink"):
            yield f"{key}: the chart ignores this: {why}"
    yield from _section(values, "", read(binder_keys.KEYS), "")
    hub = values.get(HUB)
    if isinstance(hub, Mapping):
        yield from _section(hub, "", read(hub_keys.KEYS), f"{HUB}.")
    yield from _anywhere(values, "")


def read(text: str) -> Keys:
    lines = (line.split() for line in text.replace("\n  ", " ").strip().splitlines())
    return {path.removeprefix("."): dict(key.split(":", 1) for key in keys) for path, *keys in lines}


def _section(values: Mapping[str, Any], path: str, keys: Keys, before: str) -> Iterator[str]:
    known = keys.get(path, {})
    for key, value in values.items():
        below = f"{path}.{key}".removeprefix(".")
        shown = f"{before}{below}"
        if key not in known:
            yield f"{shown}: the chart has no such key, and refuses it{meant(str(key), known)}"
        elif problem := _wrong(value, known[key], below in keys or shown in _SECTIONS) or _refused(
            shown, value
        ):
            yield f"{shown}: {problem}{_not(key, value)}"
        elif isinstance(value, Mapping) and below in keys:
            yield from _section(value, below, keys, before)


def _refused(shown: str, value: Any) -> str | None:
    return _VALUES[shown](value) if shown in _VALUES and value is not None else None


_SECTIONS = (HUB, "config", f"{HUB}.hub.config")


def _wrong(value: Any, codes: str, section: bool) -> str | None:
    """What the value must be; None when it fits. null elsewhere removes a default of the chart: allowed."""
    if value is None:
        return "it must be a mapping: null removes everything in it" if section else None
    if codes.startswith("="):
        choices = codes[1:].split("|")
        return None if value in choices else f"it must be one of {', '.join(filter(None, choices))}"
    kinds = [_TYPES[code] for code in codes if code in _TYPES]
    if not kinds or any(_is(value, kind) for kind, _ in kinds):
        return None
    return f"it must be {' or '.join(name for _, name in kinds)}"


def _is(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _anywhere(value: Any, path: str) -> Iterator[str]:
    """Resources and networks have the same form wherever they are."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _anywhere(item, f"{path}[{index}]")
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        below = f"{path}.{key}".removeprefix(".")
        if key == "resources" and isinstance(item, Mapping) and not path.startswith("config."):
            if problem := build_resources(item):
                yield f"{below}: {problem}"
        elif key == "ipBlock" and isinstance(item, Mapping):
            yield from _networks([item.get("cidr"), *(item.get("except") or [])], below)
        elif key == "loadBalancerSourceRanges" and isinstance(item, list):
            yield from _networks(item, below)
        else:
            yield from _anywhere(item, below)


def _networks(found: list[Any], path: str) -> Iterator[str]:
    for item in found:
        if problem := network(item):
            yield f"{path}: {problem}"


def _not(key: str, value: Any) -> str:
    return "" if names_secret(str(key)) or isinstance(value, Mapping | list) else f", not {value!r}"
