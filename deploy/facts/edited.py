"""Kubernetes objects that somebody has deleted or edited: which fields, and with which tool. No I/O.

applied.py makes the rows. The API notes for each field which program has set it (metadata.managedFields:
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). A field that was removed
has no note, so the changes come from comparing the object with its record; the notes only add the names.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from binder_singlenode.deploy.facts.applied import CONTENT

ROWS = ("was", "is", "owners")
APPLIER = "binder-singlenode"
"""Field manager of manifests; the release's is helm."""
_PROGRAMS = ("helm", "k3s", APPLIER, "kube-controller-manager")
_NODE_PROGRAM = "deploy@"  # k3s' deploy controller, followed by the node's name
SHOWN = 6
"""At most this many fields of an object are named in one sentence."""
_SECRET_COLUMNS = 3
"""Of a Secret: labels, deletion, and the digest of its data."""
_NOTHING: tuple[Any, ...] = (None, {}, [], "")

Key = tuple[str, str, str]
"""Kind, namespace, name."""
Manager = dict[str, Any]
"""One entry of metadata.managedFields."""


@dataclass(frozen=True)
class Change:
    """A field by its position in the object. `manager`: the program that has set it; "" if none is noted."""

    path: str
    verb: str
    manager: str = ""

    def __str__(self) -> str:
        return next(_sentences((self,)))


@dataclass(frozen=True)
class Edited:
    """An object that is not as it was applied from `file`. Without changes it is gone."""

    file: str
    key: Key
    changes: tuple[Change, ...] = ()
    managers: tuple[Manager, ...] = field(default=(), repr=False, compare=False)

    def __str__(self) -> str:
        kind, _, name = self.key
        if not self.changes:
            return f"{kind} {name} is gone"
        return f"{kind} {name}: {'; '.join(_sentences(self.changes))}"


def parse(rows: Iterable[list[str]]) -> tuple[Edited, ...]:
    """The edited objects, from the survey's rows."""
    rows = list(rows)
    now = {_key(row[1:]): row[4:] for row in rows if row[0] == "is"}
    owners = {_key(row[1:]): tuple(json.loads(row[4] or "[]")) for row in rows if row[0] == "owners"}
    was = [row for row in rows if row[0] == "was" and row[2] != "#"]
    found = [_edited(row[1], _key(row[2:]), row[5:], now, owners) for row in was]
    return tuple(each for each in found if each is not None)


def recorded(rows: Iterable[list[str]]) -> dict[str, str]:
    """Base name of each file whose objects are recorded -> digest of the file that was applied."""
    return {row[1]: row[3] for row in rows if row[0] == "was" and row[2] == "#"}


def is_foreign(manager: Manager) -> bool:
    """Whether this is neither binder-singlenode nor a part of Kubernetes."""
    name = manager.get("manager", "")
    return name not in _PROGRAMS and not name.startswith(_NODE_PROGRAM) and not manager.get("subresource")


def _key(row: list[str]) -> Key:
    kind, namespace, name = row[:3]
    return kind, namespace, name


def _edited(
    file: str, key: Key, was: list[str], now: dict[Key, list[str]], owners: dict[Key, tuple[Manager, ...]]
) -> Edited | None:
    if key not in now or now[key][1:2] != was[1:2]:  # the time of its deletion: only a finalizer holds it
        return Edited(file, key)
    managers = owners.get(key, ())
    changes = tuple(
        Change(_shown(path), verb, "" if verb == "removed" else _manager(path, managers))
        for path, verb in _differences(was, now[key])
    )
    return Edited(file, key, changes, managers) if changes else None


class Item(NamedTuple):
    """An item of a list: the kind of list decides whether its content or its place identifies it."""

    place: int
    content: dict[str, Any]


Path = tuple[str | Item, ...]
"""Names of fields, and items of lists."""


def _differences(was: list[str], now: list[str]) -> Iterator[tuple[Path, str]]:
    if len(was) == _SECRET_COLUMNS:
        yield from _compared(("metadata", "labels"), _value(was[0]), _value(now[0]))
        if was[-1] != now[-1]:
            yield ("data",), "set"
        return
    for part, before, after in zip(CONTENT, was, now, strict=False):
        yield from _compared(tuple(part.split(".")), _value(before), _value(after))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # jsonpath prints a string without quotes, and nothing for what is not there
        return text or None


def _compared(path: Path, was: Any, now: Any) -> Iterator[tuple[Path, str]]:
    """Each difference, as deep as both sides have the same form."""
    if was == now or (was in _NOTHING and now in _NOTHING):
        return
    before, after = _members(was), _members(now)
    if before is None or after is None:
        yield path, "removed" if now is None else "set" if was is not None else "added"
        return
    for name, member in (before | after).items():
        step = member if isinstance(member, Item) else name
        yield from _compared((*path, step), _content(before.get(name)), _content(after.get(name)))


def _members(value: Any) -> dict[str, Any] | None:
    """A mapping as it is; the items of a list of mappings by their names, or by their places."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        items = [Item(place, each) for place, each in enumerate(value)]
        return {_item_name(item): item for item in items}
    return None


def _content(member: Any) -> Any:
    return member.content if isinstance(member, Item) else member


def _item_name(item: Item) -> str:
    names = (item.content.get(key) for key in ("name", "mountPath", "containerPort", "port", "ip", "key"))
    return next((str(name) for name in names if name), str(item.place))


def _shown(path: Path) -> str:
    return "".join(
        f"[{_item_name(each)}]" if isinstance(each, Item) else f".{each}" for each in path
    ).removeprefix(".")


def _manager(path: Path, managers: tuple[Manager, ...]) -> str:
    """The program that has set the field: of several, the one that is foreign."""
    setters = [manager for manager in managers if _owns(manager.get("fieldsV1", {}), path)]
    setters.sort(key=is_foreign, reverse=True)
    return str(setters[0].get("manager", "")) if setters else ""


def _owns(fields: Any, path: Path) -> bool:
    """Whether a set of fields (FieldsV1) has this one, or one above that is owned as a whole."""
    for name in path:
        if not fields or set(fields) == {"."}:
            return True
        if isinstance(name, Item):
            found = [key for key in fields if key.startswith("k:") and _identifies(key, name.content)]
        else:
            found = [key for key in fields if key == f"f:{name}"]
        if not found:
            return False
        fields = fields[found[0]]
    return True


def _identifies(key: str, item: dict[str, Any]) -> bool:
    return all(item.get(name) == value for name, value in json.loads(key.removeprefix("k:")).items())


def _sentences(changes: tuple[Change, ...]) -> Iterator[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        groups.setdefault((change.verb, change.manager), []).append(change.path)
    for (verb, manager), names in groups.items():
        more = [f"{len(names) - SHOWN} more fields"] if len(names) > SHOWN else []
        listed = ", ".join([*names[:SHOWN], *more])
        did = f"{verb} by {manager}" if manager else "changed" if verb == "set" else verb
        yield f"{listed} {'was' if len(names) == 1 else 'were'} {did}"
