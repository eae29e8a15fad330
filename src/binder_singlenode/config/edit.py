"""Change values in a host file and keep the rest: comments, order, blank lines, quotes, line ends.

ruamel.yaml gives the position of each key and value; only those characters are replaced (docs/adr/0103
explains why its round trip is not used). The result is read back and compared before the file is replaced.
"""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from binder_singlenode.base import atomic
from binder_singlenode.config import reader
from binder_singlenode.config.messages import writing
from binder_singlenode.config.yaml import document, splice
from binder_singlenode.errors import ConfigError

Steps = tuple[str, ...]


def edit(path: Path, changes: Mapping[str, Any]) -> None:
    """Set fields in the file `path`: {"sessions.quota": 20, "ssh": {"port": 2222}, "hostname": None}.

    Keys are dotted names; a mapping changes only the fields it names; None removes a field, so that its
    default applies. A file that already has these values is not written. Raises HostFileError when the file
    is invalid before or after the change; ConfigError when it cannot be written or changed safely.
    """
    text = reader.read_text(path)
    reader.loads(text, str(path))
    wanted = document.read(text).value
    changed = text
    for steps, value in _flat(changes):
        if _get(wanted, steps) == (value is not None, value):
            continue
        wanted = _with(wanted, steps, value)
        changed = splice.change(changed, steps, value)
    if changed == text:
        return
    reader.loads(changed, f"{path} as changed")
    if _full(document.read(changed).value) != _full(wanted):
        raise ConfigError(
            "this file's layout is too unusual to change it safely", where=str(path), hint=_BY_HAND
        )
    with writing.of(path):
        atomic.replace(path, changed)


_BY_HAND = "nothing was changed; make the change with an editor"


def _flat(changes: Mapping[str, Any]) -> Iterator[tuple[Steps, Any]]:
    """Each change as its path and a value that is not a mapping."""
    for name, value in changes.items():
        yield from _below(tuple(name.split(".")), value)


def _below(steps: Steps, value: Any) -> Iterator[tuple[Steps, Any]]:
    if not isinstance(value, Mapping):
        yield steps, str(value) if isinstance(value, Path) else value
        return
    for key, inner in value.items():  # keys in a mapping may contain dots, as in Helm values
        yield from _below((*steps, str(key)), inner)


def _get(tree: Any, steps: Steps) -> tuple[bool, Any]:
    """Whether the field is there, and its value."""
    for step in steps:
        if not isinstance(tree, dict) or step not in tree:
            return False, None
        tree = tree[step]
    return tree is not None, tree


def _with(tree: dict[str, Any], steps: Steps, value: Any) -> dict[str, Any]:
    """A copy of `tree` with one field set or removed: the expected content of the changed text."""
    result = inner = copy.deepcopy(tree)
    for step in steps[:-1]:
        if not isinstance(inner.get(step), dict):
            inner[step] = {}
        inner = inner[step]
    inner[steps[-1]] = value
    return result


def _full(tree: Any) -> Any:
    """Remove what means "the default": null and empty sections."""
    if not isinstance(tree, dict):
        return tree
    inner = {key: _full(value) for key, value in tree.items()}
    return {key: value for key, value in inner.items() if value is not None and value != {}}
