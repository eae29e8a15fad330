"""Take back fields that somebody has set in Kubernetes objects: names for the plan, and the commands.

Applying an object again restores fields that its file sets; fields that a person has added would stay,
because they belong to the tool that set them. So the notes about who set what are rewritten first: such
fields then belong to the program that applies the file, and it removes those that the file does not set
(ADR 1552).
"""

import copy
import json
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

from binder_singlenode.cluster.kubectl import KUBECTL
from binder_singlenode.deploy.facts.edited import Edited, Manager, is_foreign

LISTED = 5
"""At most this many objects are named in one operation's name."""


def titled(what: str, edited: Iterable[Edited]) -> str:
    """Name of an operation; it shows what was changed by hand and is taken back."""
    found = [str(each) for each in edited]
    more = [f"{len(found) - LISTED} more objects"] if len(found) > LISTED else []
    return f"{what} ({'; '.join([*found[:LISTED], *more])})" if found else what


def commands(edited: Iterable[Edited], applier: str) -> Iterator[str]:
    """Shell for each edited object that makes `applier` the owner of fields that a person has set."""
    for each in edited:
        if any(map(is_foreign, each.managers)):
            yield _patch(each, owned(each.managers, applier))


def owned(managers: Iterable[Manager], applier: str) -> list[Manager]:
    """managedFields, with the foreign entries merged into the one of `applier`."""
    kept = copy.deepcopy([manager for manager in managers if not is_foreign(manager)])
    foreign = [manager for manager in managers if is_foreign(manager)]
    ours = next((each for each in kept if _applies(each, applier)), None)
    if ours is None:
        ours = {**foreign[0], "manager": applier, "operation": "Apply", "fieldsV1": {}}
        kept.append(ours)
    for manager in foreign:
        _merge(ours["fieldsV1"], manager.get("fieldsV1", {}))
    return kept


def _applies(manager: Manager, applier: str) -> bool:
    return (manager.get("manager"), manager.get("operation")) == (applier, "Apply")


def _merge(into: dict[str, Any], fields: dict[str, Any]) -> None:
    for name, below in fields.items():
        _merge(into.setdefault(name, {}), below)


def _patch(edited: Edited, managers: list[Manager]) -> str:
    kind, namespace, name = edited.key
    patch = [{"op": "replace", "path": "/metadata/managedFields", "value": managers}]
    where = f" -n {shlex.quote(namespace)}" if namespace else ""
    return (
        f"{KUBECTL} patch {shlex.quote(kind)} {shlex.quote(name)}{where} --type=json"
        f" -p {shlex.quote(json.dumps(patch))} >/dev/null"
    )
